"""Learn by doing: broken programs to mend, and a checker that says what is still wrong.

``python -m examples.learn`` is the command. ``exercises/<family>/<slug>/`` holds one exercise:

``broken.py``
    What the learner gets. It runs by itself and shows the damage; its docstring tells the story.
``broken.out``, ``broken.verdict``
    What it prints, and what the checker says about it.
``solution.py``
    A mended one; ``solution_<way>.py`` beside it is another way.
``check.py``
    ``check(theirs)``, a generator of sentences, one for each thing that is wrong; see `bench.Theirs`.
``exercise.toml``
    Hints, and what is to be learnt.
"""
