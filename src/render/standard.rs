//! The body of a `standard` webhook: the alert as JSON, in the envelope of the Standard Webhooks specification.

use serde::Serialize;

use crate::model::{Alert, Delivery, Form, Time};

/// Why several alerts of one item come in one message that is no digest of several items.
const ONE_ITEM: &str = "what followed on one item, told together";

#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    timestamp: Time,
    data: Data<'a>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Data<'a> {
    Alert(&'a Alert),
    Digest { alerts: &'a [Alert], why: &'a str },
}

/// `{"type":"feedwatch.alert","timestamp","data":ALERT}`, or `feedwatch.digest` with `{"alerts":[…],"why"}`.
///
/// The alert stands in it exactly as `once --json` prints it. Edits of one item that were joined take the digest's shape.
pub fn body(delivery: &Delivery, alerts: &[Alert]) -> Vec<u8> {
    let (kind, data) = match (&delivery.form, alerts) {
        (Form::Item, [alert]) => ("feedwatch.alert", Data::Alert(alert)),
        (Form::Item, alerts) => ("feedwatch.digest", Data::Digest { alerts, why: ONE_ITEM }),
        (Form::Digest { why }, alerts) => ("feedwatch.digest", Data::Digest { alerts, why }),
    };
    let envelope = Envelope { kind, timestamp: delivery.sealed, data };
    serde_json::to_vec(&envelope).expect("strings, numbers and lists always have a JSON form")
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::samples;
    use super::*;

    #[test]
    fn one_alert_is_told_as_itself() {
        let (delivery, alerts) = samples::english();
        let told: Value = serde_json::from_slice(&body(&delivery, &alerts)).unwrap();
        assert_eq!(
            told,
            json!({"type": "feedwatch.alert", "timestamp": "2026-11-24T06:15:30Z", "data": serde_json::to_value(&alerts[0]).unwrap()})
        );
        assert_eq!(told["data"]["item"]["title"], "Talks in Helsinki end");
    }

    #[test]
    fn several_are_a_digest_with_its_reason() {
        let (mut delivery, mut alerts) = samples::english();
        alerts.extend(samples::arabic().1);
        let told: Value = serde_json::from_slice(&body(&delivery, &alerts)).unwrap();
        assert_eq!((&told["type"], &told["data"]["why"]), (&json!("feedwatch.digest"), &json!(ONE_ITEM)));
        delivery.form = Form::Digest { why: "the feed showed 40 items at once".into() };
        let told: Value = serde_json::from_slice(&body(&delivery, &alerts[..1])).unwrap();
        assert_eq!(told["type"], "feedwatch.digest");
        assert_eq!(told["data"]["alerts"].as_array().unwrap().len(), 1);
        assert_eq!(told["data"]["why"], "the feed showed 40 items at once");
    }
}
