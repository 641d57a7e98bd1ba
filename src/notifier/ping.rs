//! One request to a dead man's switch: whoever waits for it raises the alarm when it does not come.

use std::time::Duration;

use crate::model::Secret;
use crate::net::{tls, trouble};

/// A ping that takes longer is none; the next one comes soon.
const TIME: Duration = Duration::from_secs(20);

/// Asks the address once. The error is a sentence without the address, since knowing it is enough to ping in our name.
pub async fn ping(url: &Secret, post: bool) -> Result<(), String> {
    tls::install_provider();
    let builder = || {
        reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            // As for webhooks: it goes where the configuration says.
            .no_proxy()
            .user_agent(concat!("feedwatch/", env!("CARGO_PKG_VERSION")))
            .timeout(TIME)
    };
    let client = tls::build_client(builder, None)?;
    let request = if post { client.post(url.reveal()) } else { client.get(url.reveal()) };
    match request.send().await {
        Ok(answer) if answer.status().is_success() => Ok(()),
        Ok(answer) => Err(format!("answered {}", answer.status().as_u16())),
        Err(error) if error.is_timeout() => Err(format!("no answer within {} seconds", TIME.as_secs())),
        Err(error) => Err(trouble::of(&error).said),
    }
}
