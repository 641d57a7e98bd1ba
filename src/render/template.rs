//! A webhook in a shape of the operator's own: body, headers and method by `minijinja` templates.
//!
//! What an item says cannot leave the place that the template gives it: every `{{ … }}` is escaped for the kind of body that
//! the content type names (for JSON, as the inside of a string), and `| tojson` gives a whole value. Loops are bounded by
//! fuel and the result by its size; a template reads no files and includes no others.

use std::io;
use std::ops::Range;

use minijinja::value::{Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, Output, UndefinedBehavior};
use serde::Serialize;
use url::form_urlencoded::byte_serialize;

use crate::model::{Alert, Delivery, Form, Time};

use super::chat::{cut_text, headline, utf16, why};
use super::clean::line;
use super::format::Request;
use super::items::told;
use super::{html, plain};

/// Steps that a template may take: a digest of 500 alerts takes some ten thousands.
const FUEL: u64 = 1_000_000;
/// Bytes of a body: more than any service takes, little enough to hold some at once.
const LARGEST: usize = 1 << 20;
/// Bytes of a header's value: servers refuse 8 KiB of headers.
const LARGEST_HEADER: usize = 2048;

/// Templates as the configuration has them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Of the body.
    pub body: String,
    /// Names as they are, values by template.
    pub headers: Vec<(String, String)>,
    /// `POST`, `PUT` or `PATCH`.
    pub method: &'static str,
}

/// What is wrong with a template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The header whose value it is in; `None`: the body.
    pub header: Option<usize>,
    /// The bytes of the template that are meant, where that is known.
    pub place: Option<Range<usize>>,
    /// In words.
    pub said: String,
}

/// What texts are escaped for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    Markup,
    Form,
    Plain,
}

/// What a template can name.
#[derive(Serialize)]
struct Context<'a> {
    id: &'a str,
    notifier: &'a str,
    timestamp: Time,
    /// As the subject of a mail.
    title: String,
    /// As the text part of a mail.
    text: String,
    digest: bool,
    why: Option<String>,
    alert: &'a Alert,
    alerts: &'a [Alert],
}

/// A template of one line: a subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line(pub String);

impl Line {
    /// The line for a delivery; the error is a sentence.
    pub fn text(&self, delivery: &Delivery, alerts: &[Alert]) -> Result<String, String> {
        self.write(delivery, alerts, UndefinedBehavior::Chainable).map_err(|mistake| mistake.said)
    }

    /// What can be found wrong without an alert at hand.
    pub fn mistake(&self) -> Option<Mistake> {
        let examples = examples();
        let tried = |undefined| examples.iter().map(move |(delivery, alerts)| self.write(delivery, alerts, undefined));
        if let Some(mistake) = tried(UndefinedBehavior::Chainable).find_map(Result::err) {
            return Some(mistake);
        }
        let failed: Vec<Mistake> = tried(UndefinedBehavior::Strict).filter_map(Result::err).collect();
        failed.first().filter(|_| failed.len() == examples.len()).cloned()
    }

    fn write(&self, delivery: &Delivery, alerts: &[Alert], undefined: UndefinedBehavior) -> Result<String, Mistake> {
        let context = context(delivery, alerts)?;
        let written = written(&self.0, &context, (Kind::Plain, undefined), LARGEST_HEADER * 4);
        written.map(|text| line(&text).trim().to_owned()).map_err(|error| mistake(None, &error))
    }
}

impl Template {
    /// The request for a delivery. The error is a sentence: out of fuel, too large, or no JSON where JSON was promised.
    pub fn request(&self, delivery: &Delivery, alerts: &[Alert]) -> Result<Request, String> {
        self.render(delivery, alerts, UndefinedBehavior::Chainable).map_err(|mistake| match mistake.header {
            Some(at) => format!("the template of the header {}: {}", self.headers[at].0, mistake.said),
            None => format!("the template of the body: {}", mistake.said),
        })
    }

    /// Every mistake that can be found without an alert at hand: of syntax, names that no alert has, a body that is not
    /// what its content type says.
    pub fn mistakes(&self) -> Vec<Mistake> {
        let parts = std::iter::once((None, &self.body));
        let parts = parts.chain(self.headers.iter().enumerate().map(|(n, (_, value))| (Some(n), value)));
        let syntax: Vec<Mistake> = parts
            .filter_map(|(header, text)| {
                let environment = environment(Kind::Plain, UndefinedBehavior::Chainable);
                environment.template_from_str(text).err().map(|error| mistake(header, &error))
            })
            .collect();
        if !syntax.is_empty() {
            return syntax;
        }
        let examples = examples();
        for (delivery, alerts) in &examples {
            if let Err(mistake) = self.render(delivery, alerts, UndefinedBehavior::Chainable) {
                return vec![mistake];
            }
        }
        // A name that one kind of alert lacks is well; one that all lack is misspelt.
        let strict = examples.iter().map(|(delivery, alerts)| self.render(delivery, alerts, UndefinedBehavior::Strict));
        let failed: Vec<Mistake> = strict.filter_map(Result::err).collect();
        let first =
            failed.first().filter(|f| failed.len() == examples.len() && failed.iter().all(|o| o.place == f.place));
        first.cloned().into_iter().collect()
    }

    fn render(&self, delivery: &Delivery, alerts: &[Alert], undefined: UndefinedBehavior) -> Result<Request, Mistake> {
        let context = context(delivery, alerts)?;
        let mut headers = Vec::new();
        for (n, (name, value)) in self.headers.iter().enumerate() {
            let written = written(value, &context, (Kind::Plain, undefined), LARGEST_HEADER);
            let written = written.map_err(|error| mistake(Some(n), &error))?;
            headers.push((name.clone(), line(&written).trim().to_owned()));
        }
        let kind = self.kind();
        let body = written(&self.body, &context, (kind, undefined), LARGEST).map_err(|error| mistake(None, &error))?;
        if kind == Kind::Json
            && let Err(error) = serde_json::from_str::<serde::de::IgnoredAny>(&body)
        {
            let at = body.lines().nth(error.line().saturating_sub(1)).unwrap_or_default();
            let said = format!("what it makes is no JSON ({error}): {}", cut_text(line(at).trim(), 100, utf16));
            return Err(Mistake { header: None, place: None, said });
        }
        if !self.headers.iter().any(|(name, _)| name.eq_ignore_ascii_case("content-type")) {
            headers.push(("content-type".to_owned(), "application/json".to_owned()));
        }
        Ok(Request { method: self.method, headers, body: body.into_bytes() })
    }

    /// By the content type, which is JSON where none is named.
    fn kind(&self) -> Kind {
        let named = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        match named.map(|(_, value)| value.to_ascii_lowercase()) {
            None => Kind::Json,
            Some(value) if value.contains("json") => Kind::Json,
            Some(value) if value.contains("xml") || value.contains("html") => Kind::Markup,
            Some(value) if value.contains("urlencoded") => Kind::Form,
            Some(_) => Kind::Plain,
        }
    }
}

fn context(delivery: &Delivery, alerts: &[Alert]) -> Result<Value, Mistake> {
    let Some(first) = alerts.first() else {
        return Err(Mistake { header: None, place: None, said: "there is nothing to tell".to_owned() });
    };
    let told = told(alerts);
    Ok(Value::from(Serde(Context {
        id: delivery.id.as_str(),
        notifier: delivery.notifier.as_str(),
        timestamp: delivery.sealed,
        title: headline(&told),
        text: plain::part(&told, why(delivery).as_deref(), &super::sections::headings(delivery, &told)),
        digest: matches!(delivery.form, Form::Digest { .. }),
        why: why(delivery),
        alert: first,
        alerts,
    })))
}

fn environment(kind: Kind, undefined: UndefinedBehavior) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_fuel(Some(FUEL));
    environment.set_debug(true);
    environment.set_undefined_behavior(undefined);
    environment.set_formatter(move |out, _, value| {
        if value.is_undefined() && undefined == UndefinedBehavior::Strict {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        write_value(kind, out, value)
    });
    environment.add_filter("tojson", move |value: &Value| {
        if value.is_undefined() && undefined == UndefinedBehavior::Strict {
            return Err(Error::from(ErrorKind::UndefinedError));
        }
        let json = serde_json::to_string(value).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?;
        Ok(Value::from_safe_string(json))
    });
    environment
        .add_filter("cut", |text: &str, characters: usize| super::clean::cut(text, characters, LARGEST).into_owned());
    environment
}

/// Escapes a value for the place it stands in. What `tojson` and `safe` have made stays as it is.
fn write_value(kind: Kind, out: &mut Output<'_>, value: &Value) -> Result<(), Error> {
    let text = match value.kind() {
        ValueKind::Undefined | ValueKind::None => return Ok(()),
        ValueKind::Map | ValueKind::Seq | ValueKind::Iterable if kind == Kind::Json => {
            let json = serde_json::to_string(value);
            return Ok(out.write_str(&json.map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))?)?);
        }
        _ => value.to_string(),
    };
    let escaped = match kind {
        _ if value.is_safe() => text,
        Kind::Json => {
            let quoted = serde_json::to_string(&text).unwrap_or_default();
            quoted.get(1..quoted.len() - 1).unwrap_or_default().to_owned()
        }
        Kind::Markup => html::escape(&text),
        Kind::Form => byte_serialize(text.as_bytes()).collect(),
        Kind::Plain => text,
    };
    Ok(out.write_str(&escaped)?)
}

fn written(
    text: &str,
    context: &Value,
    (kind, undefined): (Kind, UndefinedBehavior),
    largest: usize,
) -> Result<String, Error> {
    let environment = environment(kind, undefined);
    let template = environment.template_from_str(text)?;
    let mut out = Bounded { bytes: Vec::new(), room: largest };
    template.render_captured_to(context.clone(), &mut out)?;
    String::from_utf8(out.bytes).map_err(|e| Error::new(ErrorKind::BadSerialization, e.to_string()))
}

/// Takes so many bytes and no more.
struct Bounded {
    bytes: Vec<u8>,
    room: usize,
}

impl io::Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.room {
            return Err(io::Error::other(format!("more than {} bytes", self.room)));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn mistake(header: Option<usize>, error: &Error) -> Mistake {
    let said = match error.kind() {
        ErrorKind::OutOfFuel => format!("it takes more than {FUEL} steps"),
        ErrorKind::WriteFailure => {
            let cause = std::error::Error::source(error).map(ToString::to_string);
            format!("what it makes is too long: {}", cause.unwrap_or_else(|| "it cannot be written".to_owned()))
        }
        ErrorKind::UndefinedError if error.detail().is_none() => "no alert has a value of this name".to_owned(),
        ErrorKind::UndefinedError => format!("no alert has this: {}", error.detail().unwrap_or_default()),
        kind => match error.detail() {
            Some(detail) => format!("{kind}: {detail}"),
            None => kind.to_string(),
        },
    };
    Mistake { header, place: error.range().filter(|range| !range.is_empty()), said: line(&said).trim().to_owned() }
}

/// What a template is tried on: an item with all that breaks quotes, an edit, and news of the service.
fn examples() -> Vec<(Delivery, Vec<Alert>)> {
    let texts = [
        r#"{"id":"al_example1","kind":"new","reason":"new","sentence":"new item, found “Helsinki” in the title","watch":"summit",
            "feed":"world","item":{"key":"k","title":"Helsinki: \"a \\ b\" <c>\n&","link":"https://example.org/1?a=1&b=2",
            "published":"2026-11-24T06:10:00Z"},"hits":[{"watch":"summit","term":"Helsinki","how":"exact","field":"title",
            "start":0,"end":8,"text":"Helsinki"}],"raised":"2026-11-24T06:15:29Z","first":true,
            "excerpts":[{"field":"body","text":"Helsinki","hits":[[0,8]],"cut_before":false,"cut_after":true}],
            "diff":[{"field":"title","op":"insert","text":"Helsinki"}]}"#,
        r#"{"id":"al_example2","kind":"service","reason":"feed_failing","sentence":"the feed “world” fails","watch":null,
            "feed":"world","item":null,"hits":[],"raised":"2026-11-24T06:15:29Z","service":{"subject":"world",
            "since":"2026-11-24T05:15:29Z","until":null,"details":["503"],"advice":"wait"}}"#,
    ];
    let alerts: Vec<Alert> = texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect();
    debug_assert_eq!(alerts.len(), texts.len(), "the examples are alerts");
    let delivery = |alerts: &[Alert], form: &Form| {
        let ids = alerts.iter().map(|a| a.id.clone()).collect();
        let at = alerts.first().map_or(Time::from_ms(0), |a| a.raised);
        Delivery::seal(&crate::model::NotifierName::new("example"), ids, form.clone(), at)
    };
    let digest = Form::Digest { why: "2 \"things\" at once".to_owned() };
    let mut out: Vec<(Delivery, Vec<Alert>)> =
        alerts.iter().map(|one| (delivery(std::slice::from_ref(one), &Form::Item), vec![one.clone()])).collect();
    out.push((delivery(&alerts, &digest), alerts));
    out
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    fn template(body: &str) -> Template {
        Template { body: body.to_owned(), headers: Vec::new(), method: "POST" }
    }

    fn made(template: &Template, title: &str) -> Result<String, String> {
        let alerts = vec![samples::alert("w", "f", "k", title, "")];
        let request = template.request(&samples::delivery(&alerts), &alerts)?;
        Ok(String::from_utf8(request.body).unwrap())
    }

    #[test]
    fn no_title_leaves_its_place() {
        let title = "a\"}, \"x\": {\"b\\\n@everyone <!channel> <script>";
        let body = made(
            &template(r#"{"text": "New: {{ alert.item.title }}", "all": {{ alert.item.title | tojson }}}"#),
            title,
        );
        let body: serde_json::Value = serde_json::from_str(&body.unwrap()).unwrap();
        assert_eq!((&body["text"], &body["all"]), (&format!("New: {title}").into(), &title.into()));
        assert_eq!(body.as_object().unwrap().len(), 2);
        for (kind, text) in [
            (
                "application/xml",
                "<t>a&quot;}, &quot;x&quot;: {&quot;b\\\n@everyone &lt;!channel&gt; &lt;script&gt;</t>",
            ),
            (
                "application/x-www-form-urlencoded",
                "<t>a%22%7D%2C+%22x%22%3A+%7B%22b%5C%0A%40everyone+%3C%21channel%3E+%3Cscript%3E</t>",
            ),
        ] {
            let headers = vec![("Content-Type".to_owned(), kind.to_owned())];
            assert_eq!(made(&Template { headers, ..template("<t>{{ alert.item.title }}</t>") }, title).unwrap(), text);
        }
    }

    #[test]
    fn headers_are_one_line() {
        let headers = vec![("X-Title".to_owned(), "new: {{ alert.item.title }}".to_owned())];
        let alerts = vec![samples::alert("w", "f", "k", "a\r\nX-Other: b", "")];
        let request = Template { headers, ..template("{}") }.request(&samples::delivery(&alerts), &alerts).unwrap();
        assert_eq!(request.headers[0], ("X-Title".to_owned(), "new: a X-Other: b".to_owned()));
        assert_eq!(request.headers[1], ("content-type".to_owned(), "application/json".to_owned()));
    }

    #[test]
    fn mistakes_have_their_place() {
        for (body, place, says) in [
            ("{\"a\": \"{{ alert.item.titel }}\"}", "alert.item.titel", "no alert has this: `alert.item.titel`"),
            ("{\"a\": {{ alert.item.title | tojson }", "", "syntax error"),
            ("{\"a\": {{ title | tojsn }}}", "", "unknown filter"),
            ("{% for a in alerts %}{{ a.id }}", "", "syntax error"),
            ("{\"a\": {{ alert.item.title }}}", "", "no JSON"),
            ("{{ 1 +* 2 }}", "*", "syntax error"),
            ("{% for a in range(10000) %}{% for b in range(10000) %}{% endfor %}{% endfor %}", "", "steps"),
            ("\"{% for a in range(10000) %}{{ text }}{{ text }}{% endfor %}\"", "", "too long"),
            ("{% include 'x' %}", "", "include"),
        ] {
            let mistakes = template(body).mistakes();
            assert_eq!(mistakes.len(), 1, "{body}: {mistakes:?}");
            assert!(mistakes[0].said.contains(says), "{body}: {mistakes:?}");
            if !place.is_empty() {
                assert_eq!(&body[mistakes[0].place.clone().unwrap()], place, "{body}: {mistakes:?}");
            }
        }
        for good in [
            "{\"text\": {{ title | tojson }}, \"link\": {{ alert.item.link | tojson }}}",
            "[{% for a in alerts %}{\"t\": \"{{ a.item.title | default(a.sentence) | cut(80) }}\"}{% if not loop.last %},{% endif %}{% endfor %}]",
            "{\"why\": {{ why | tojson }}, \"first\": {{ alert.hits[0].text | default(none) | tojson }}}",
        ] {
            assert_eq!(template(good).mistakes(), [], "{good}");
        }
    }
}
