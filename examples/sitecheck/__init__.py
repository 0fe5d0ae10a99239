"""A link checker built from all six families: ``python -m examples.sitecheck <folder or URL>``.

Read the files in this order; each holds one concept:

* ``urls``: links resolved and spelled as a browser does.
* ``html_links``: a page's links, with their lines, and its anchors.
* ``site_server``: a folder behind a real HTTP server on a free loopback port.
* ``fetcher``: what the crawler wants to know of a server (*traits*).
* ``http_fetcher``: one answer for one URL, in spite of rate limits, hiccups and silence (*traits*, *retry*,
  *backpressure*).
* ``store``: what was found, in batches into a SQLite file (*traits*, *streams*).
* ``frontier``: which URLs are known and not checked yet.
* ``crawler``: the workers between frontier and store (*backpressure*, *spawning*, *shutdown*).
* ``report``: what all that says about the site's links; text, table and JSON.
* ``errors``: what ends a check before its report.
* ``progress``: how far it is.
* ``__main__``: the command line, and how the parts are put together.
"""
