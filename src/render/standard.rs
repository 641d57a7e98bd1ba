//! The body of a `standard` webhook: the alert as JSON, in the envelope of the Standard Webhooks specification.

use crate::model::{Alert, Delivery};

/// `{"type":"feedwatch.alert","timestamp","data":ALERT}`, or `feedwatch.digest` with `{"alerts":[…],"why"}`.
pub fn body(delivery: &Delivery, alerts: &[Alert]) -> Vec<u8> {
    let _ = (delivery, alerts);
    todo!()
}
