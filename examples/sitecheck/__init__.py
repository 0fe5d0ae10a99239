"""A link checker built from all six families: ``python -m examples.sitecheck <folder or URL>``.

Read the files in this order; each holds one concept:

* ``urls``: links resolved and spelled as a browser does.
* ``html_links``: a page's links, with their lines, and its anchors.
* ``site_server``: a folder behind a real HTTP server on a free loopback port.
* ``fetcher``: what the crawler wants to know of a server (*traits*).
* ``http_fetcher``: one answer for one URL, in spite of rate limits, hiccups and silence (*traits*, *retry*,
  *backpressure*).
* ``retry_after``: how long a busy server wants to be left alone.
* ``visit``, ``site``: what one request has found out; which URLs belong to the site.
* ``store``: visits in batches in a SQLite file (*traits*, *streams*, *backpressure*).
* ``frontier``: which URLs are known and not checked yet.
* ``crawler``: the workers between frontier and store (*backpressure*, *spawning*, *shutdown*).
* ``report``: from visits to a verdict on every link.
* ``progress``: how far it is (*streams*, *traits*).
* ``run``: how the parts are put together, and in which order they stop (*shutdown*).
* ``errors``, ``__main__``: what ends a check before its report; the command line.
"""
