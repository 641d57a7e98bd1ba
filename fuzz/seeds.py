#!/usr/bin/env python3
"""Makes the seed corpora of the fuzz targets under fuzz/corpus: small documents written here, the project's own files,
and, where ../shared lies beside the project, texts that are taken from it at run time. Needs nothing but Python."""

import hashlib
import itertools
import pathlib
import re
import shutil
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
SHARED = ROOT.parent / "shared"
OUT = HERE / "corpus"
# Small seeds are mutated faster; what is larger rarely shows anything new.
LARGEST = 12_000


def add(target, *texts):
    folder = OUT / target
    folder.mkdir(parents=True, exist_ok=True)
    for text in texts:
        data = text if isinstance(text, bytes) else text.encode()
        if len(data) <= LARGEST:
            (folder / hashlib.sha1(data).hexdigest()).write_bytes(data)


DATES = [
    "Tue, 03 Feb 2026 14:05:06 +0200", "3 Feb 26 14:05 EST", "2026-02-03T14:05:06.789Z", "20260203T140506+02",
    "2026-W06-2", "2026-034", "1770127506", "1770127506123", "вт, 3 фев 2026 14:05:06 +0300", "2026年2月3日 14:05",
    "Di, 3 Feb 2026 24:00:00 MEZ", "٣ فبراير ٢٠٢٦", "03/02/2026 2:05 PM", "Feb 3rd, 2026", "Tue Feb  3 14:05:06 UTC 2026",
    "2026-02-03T14:05:60-09:30", "Mon, 30 Feb 2026 00:00:00 GMT", "0001-01-01T00:00:00Z", "2026-02-03 14:05:06 (CET)",
]
QUERIES = [
    "Putin AND (Trump OR \"trade war\"~2) -football", "title:=WHO NEAR/3 /colou?r/i", "count(war,3) lang:ar feed:news",
    "a NEAR/1 b NEAR/0 c", "nuclear* weap?n", "NOT NOT x", "\"a \\\" b\\*\"", "地震 OR 津波", "body:(x OR y)", "((((a))))",
    "لافروف وبومبيو", "-(a b)", "author:\"Ann Lee\" AND category:/^sport/",
]
HTML = [
    "<p>One</p><p>Two&nbsp;&amp; three</p>", "a < b & c > d", "<script>no</script>yes<style>no</style>", "&lt;b&gt;x&lt;/b&gt;",
    "<table><tr><td>1<td>2</table>", "<![CDATA[x]]><!-- y --><br/>z", "&#0;&#x110000;&notin;&nGg;&CounterClockwiseContourIntegral;",
    "<div><div><div>deep", "<a href='x>y'>z</a>", "\u202ebidi\u2066 \u200b", "<svg><title>t</title></svg>", "<plaintext>x</p>",
]
TEXTS = [
    "Müller\nHerr MUELLER und Frau Müllerová trafen Lavrov", "лавров\nС Лавровым говорили в Москве", "地震\n東京で大地震が発生",
    "لافروف\nقال ولافروف إن بومبيو", "İstanbul\nISTANBUL istanbul ıstanbul", "โตเกียว\nเขาไปโตเกียวเมื่อวาน", "run*\nrunning runs",
    "C++\nC++ and C#", "e\u0301\ne\u0301a\u0308 ﬁ ﬂ ﷺ ㎏ ½", "👩‍👩‍👧‍👦\n👩‍👩‍👧‍👦👍🏽🇫🇮",
]


def rss(item, version="2.0"):
    names = ('xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:content="http://purl.org/rss/1.0/modules/content/" '
             'xmlns:media="http://search.yahoo.com/mrss/" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"')
    return (f'<?xml version="1.0" encoding="utf-8"?><rss version="{version}" {names}><channel><title>T</title>'
            f"<link>http://a.example/</link><ttl>60</ttl><skipHours><hour>3</hour></skipHours>"
            f"<sy:updatePeriod>hourly</sy:updatePeriod><item>{item}</item></channel></rss>")


def feeds():
    yield rss("<title>One &amp; two</title><link>/1</link><guid isPermaLink='false'>g</guid>"
              "<pubDate>Tue, 03 Feb 2026 14:05:06 GMT</pubDate><description>&lt;p&gt;x&lt;/p&gt;</description>")
    yield rss("<title>A & B</title><dc:creator>Ann</dc:creator><media:content url='a.mp3'/><content:encoded>"
              "<![CDATA[<h1>x</h1>]]></content:encoded><enclosure url='http://a.example/b.mp3' length='1' type='audio/mpeg'/>")
    yield rss("<title>x <i>y</title></i><description>&nbsp;&co;", "0.91")
    yield ('<!DOCTYPE rss [<!ENTITY co "A &amp; B">]>' + rss("<title>&co;</title>"))
    yield ('<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de" xml:base="http://a.example/b/"><title type="html">T</title>'
           '<author><name>Ann</name></author><link rel="self" href="f"/><entry xml:lang="fr"><title type="xhtml"><div '
           'xmlns="http://www.w3.org/1999/xhtml">x <b>y</b></div></title><id>urn:1</id><link href="1"/><updated>2026-02-03'
           'T14:05:06Z</updated><content type="html">&lt;p&gt;x</content><category term="t" label="l"/></entry></feed>')
    yield ('<rdf:RDF xmlns="http://purl.org/rss/1.0/" xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
           'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>T</title></channel>'
           '<item rdf:about="http://a.example/?a=1&amp;b=2"><title>x</title><dc:date>2026-02-03</dc:date></item></rdf:RDF>')
    yield ('{"version":"https://jsonfeed.org/version/1.1","title":"J","home_page_url":"https://a.example/","hubs":[{"type":'
           '"WebSub","url":"https://h.example/"}],"items":[{"id":7,"url":"/7","title":"a < b","content_html":"<p>x</p>",'
           '"date_published":"2026-02-03T14:05:06Z","authors":[{"name":"Ann"}],"tags":["x"],"attachments":[{"url":"a.mp3"}]}]}')
    yield '<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><title mode="escaped">&lt;b&gt;x</title></entry></feed>'
    yield '<!DOCTYPE html><link rel="alternate" type="application/rss+xml" href="/f"><p>page</p>'
    for encoding in ("utf-16", "utf-16-be", "windows-1251", "shift_jis", "utf-8-sig"):
        yield rss("<title>x</title>").replace("utf-8", encoding).encode(encoding)


OPML = [
    '<opml version="2.0"><body><outline text="A &amp; B"><outline text="f" xmlUrl="http://a.example/" category="x,/y/z"/>'
    "</outline></body></opml>",
    "<OPML><body><OUTLINE TITLE=a & b xmlurl=feed://a.example/><outline text='\"\\&#8238;' xmlUrl='http://b.example/?k=1&l=2'>",
]


def shared():
    """What lies beside the project, where it is there."""
    archive = SHARED / "corpus" / "feeds.tar.gz"
    if archive.exists():
        with tarfile.open(archive) as tar:
            for member in itertools.islice((m for m in tar if m.isfile() and m.size <= LARGEST), 0, None, 2):
                data = tar.extractfile(member).read()
                add("feed", data)
                add("repair", data)
                for date in re.findall(rb"(?:[dD]ate|updated|published|modified)>([^<]{4,60})</", data)[:3]:
                    add("dates", date)
                for markup in re.findall(rb"<description>([^\0]{20,800}?)</description>", data)[:1]:
                    add("html", markup.replace(b"&lt;", b"<").replace(b"&gt;", b">").replace(b"&amp;", b"&"))
    cases = SHARED / "matching" / "cases.tsv"
    if cases.exists():
        for line in cases.read_text().splitlines()[1::5]:
            cells = sorted(line.split("\t"), key=len)
            add("text", "\n".join(cells[-2:]))
    if not archive.exists():
        print("no ../shared beside the project: seeds made here only", file=sys.stderr)


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    for document in feeds():
        add("feed", document)
        add("repair", document)
    add("dates", *DATES)
    add("query", *QUERIES)
    add("html", *HTML)
    add("text", *TEXTS)
    add("opml", *OPML)
    for path in (ROOT / "config").glob("*.toml"):
        add("config", path.read_text())
        # Its commented keys as well, a few at a time.
        keys = re.findall(r"^# ?([a-z_]+ = .+)$", path.read_text(), re.M)
        add("config", *["[[feed]]\nurl = \"https://a.example/\"\n" + key for key in keys])
    for case in (ROOT / "tests" / "it" / "check.txt").read_text().split("\n\n"):
        add("config", "\n".join(line for line in case.splitlines() if not line.startswith("    ")))
    shared()
    for known in sorted((HERE / "regressions").glob("*/*")):
        add(known.parent.name, known.read_bytes())
    for folder in sorted(OUT.iterdir()):
        print(f"{folder.name}: {len(list(folder.iterdir()))} seeds")


main()
