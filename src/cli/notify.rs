//! `feedwatch notify`: one test message through the real path; or a notifier on again.

use std::path::PathBuf;

use crate::model::{Alert, AlertId, AlertKind, Clock, Delivery, Form, NotifierName, Reason, SystemClock, Verdict};
use crate::notifier::Settings;
use crate::pipeline::{Setup, deliver::send};
use crate::store::{SqliteStore, Store};

use super::alerts::verdict;
use super::load::Strictness;
use super::output::style;
use super::{Failure, Results, load, runtime};

/// Sends one test message through a notifier and prints what the other side said; anything but an acceptance is exit 1.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  feedwatch notify desk            one test message
  feedwatch notify enable hook     switch a notifier on again whose target said it was gone")]
pub struct Arguments {
    /// The configuration file
    #[arg(short, long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// A notifier; or `enable` and a notifier
    #[arg(required = true, num_args = 1..=2, value_name = "[enable] NAME")]
    words: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<(), Failure> {
    let config = load::load(arguments.config.as_deref(), Strictness::Start)?;
    let (name, enable) = match arguments.words.as_slice() {
        [name] => (NotifierName::new(name), false),
        [word, name] if word == "enable" => (NotifierName::new(name), true),
        [word, ..] => {
            return Err(Failure::Usage(format!("`notify {word}` is not known: notify NAME, or notify enable NAME")));
        }
        [] => return Err(Failure::Usage("which notifier?".into())),
    };
    if !config.notifiers.iter().any(|n| n.name == name) {
        let there: Vec<&str> = config.notifiers.iter().map(|n| n.name.as_str()).collect();
        return Err(Failure::Usage(format!("there is no notifier “{name}”; there are: {}", there.join(", "))));
    }
    if enable {
        let was_off = SqliteStore::beside(&config.store)?.switch_on(&name)?;
        eprintln!("notifier “{name}” {}", if was_off { "is on again" } else { "was not off" });
        return Ok(());
    }
    let setup = Setup::new(config, style(), false).map_err(Failure::Usage)?;
    let said = runtime()?.block_on(send_test(&setup, &name));
    let mut results = Results::open();
    // A test message is not kept: nothing tries it again.
    verdict(&said).iter().try_for_each(|line| results.line(&line.replace("to be tried again:", "failed:")))?;
    results.flush()?;
    if accepted(&said) { Ok(()) } else { Err(Failure::Quiet(1)) }
}

async fn send_test(setup: &Setup, name: &NotifierName) -> Verdict {
    let target = &setup.targets[name];
    let now = SystemClock.now();
    let alert = Alert {
        id: AlertId::of_service(Reason::Test.as_str(), name.as_str(), now.ms()),
        kind: AlertKind::Service,
        reason: Reason::Test,
        sentence: format!("this is a test of the notifier “{name}”: alerts will look like this and arrive here"),
        watch: None,
        feed: None,
        item: None,
        hits: Vec::new(),
        diff: None,
        raised: now,
        excerpts: Vec::new(),
        guard: None,
        first: true,
        service: None,
        follows: None,
    };
    let delivery = Delivery::seal(name, vec![alert.id.clone()], Form::Item, now);
    let recipients = match &target.settings {
        Settings::Email(email) => email.to.clone(),
        _ => Vec::new(),
    };
    send(target, &delivery, &[alert], recipients, now).await
}

fn accepted(verdict: &Verdict) -> bool {
    match verdict {
        Verdict::Accepted { .. } => true,
        Verdict::Recipients { each } => each.iter().all(|(_, one)| accepted(one)),
        _ => false,
    }
}
