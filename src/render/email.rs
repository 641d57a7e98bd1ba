//! A mail: `multipart/alternative` of text and HTML (RFC 5322, RFC 2045 to 2047).

use crate::model::{Alert, Delivery};

/// The whole message as bytes with CRLF line ends, ready for DATA. `from` and each of `to` are checked mailboxes.
pub fn message(delivery: &Delivery, alerts: &[Alert], from: &str, to: &[String]) -> Vec<u8> {
    let _ = (delivery, alerts, from, to);
    todo!()
}
