//! Names to addresses, whatever the resolver of the machine does.
//!
//! The system's look-up blocks a thread until it has an answer, and nobody can call it back: a resolver that is late or
//! silent would fill the pool of such threads and, with it, stop everything else that waits for one. So the look-ups
//! under way are counted, and a name that was found before is not waited for long: its last addresses serve.

use std::collections::HashMap;
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;

/// Look-ups under way: half of the threads that the runtime keeps for what blocks, so that files are read beside them.
const LOOKUPS: usize = 256;
/// How long a name that is known is waited for.
const PATIENCE: Duration = Duration::from_secs(1);
/// Names remembered: as many feeds as one machine serves. What is beyond is looked up each time.
const NAMES: usize = 200_000;
/// Addresses remembered of one name; a client tries the first ones only.
const ADDRESSES: usize = 8;

/// Looks names up; cheap to clone, and its clones remember together.
#[derive(Debug, Clone)]
pub struct Resolver {
    known: Arc<Mutex<HashMap<String, Box<[SocketAddr]>>>>,
    places: Arc<Semaphore>,
    patience: Duration,
}

impl Default for Resolver {
    fn default() -> Self {
        Self { known: Arc::default(), places: Arc::new(Semaphore::new(LOOKUPS)), patience: PATIENCE }
    }
}

impl Resolver {
    /// The addresses of a name, with port 0.
    pub async fn addresses(&self, host: &str) -> std::io::Result<Vec<SocketAddr>> {
        self.by(host, |host| (host, 0).to_socket_addrs().map(Iterator::collect)).await
    }

    /// The same, by a look-up of somebody's own.
    async fn by(
        &self,
        host: &str,
        look: impl FnOnce(&str) -> std::io::Result<Vec<SocketAddr>> + Send + 'static,
    ) -> std::io::Result<Vec<SocketAddr>> {
        let known = self.names().get(host).map(|addresses| addresses.to_vec());
        let (name, resolver) = (host.to_owned(), self.clone());
        let looking = async {
            // No semaphore here is ever closed, so the wait ends with a place; or with the patience of whoever asks.
            let place = self.places.clone().acquire_owned().await.ok();
            let asked = tokio::task::spawn_blocking(move || {
                let found = look(&name);
                // What is found is remembered, and the place given back, even when nobody waits any more.
                if let Ok(found) = &found {
                    resolver.remember(name, found);
                }
                drop(place);
                found
            });
            asked.await.map_err(std::io::Error::other)?
        };
        match known {
            None => looking.await,
            Some(known) => tokio::time::timeout(self.patience, looking).await.unwrap_or(Ok(known)),
        }
    }

    fn remember(&self, name: String, found: &[SocketAddr]) {
        let mut names = self.names();
        if !found.is_empty() && (names.len() < NAMES || names.contains_key(&name)) {
            names.insert(name, found.iter().copied().take(ADDRESSES).collect());
        }
    }

    fn names(&self) -> MutexGuard<'_, HashMap<String, Box<[SocketAddr]>>> {
        // A panic while the lock was held has left the map whole.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let resolver = self.clone();
        Box::pin(async move {
            let found = resolver.addresses(name.as_str()).await?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn found() -> Vec<SocketAddr> {
        vec!["192.0.2.1:0".parse().unwrap()]
    }

    #[tokio::test]
    async fn a_name_that_is_known_is_not_waited_for() {
        let resolver = Resolver { patience: Duration::from_millis(20), ..Resolver::default() };
        assert_eq!(resolver.by("a.example", |_| Ok(found())).await.unwrap(), found());
        let (free, stuck) = mpsc::channel::<()>();
        let late = resolver.by("a.example", move |_| {
            let _ = stuck.recv();
            Err(std::io::ErrorKind::TimedOut.into())
        });
        assert_eq!(late.await.unwrap(), found());
        drop(free);
        // A name that the resolver denies is denied.
        let resolver = Resolver { patience: Duration::from_secs(60), ..resolver };
        let denied = resolver.by("a.example", |_| Err(std::io::ErrorKind::NotFound.into())).await;
        assert_eq!(denied.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn look_ups_without_an_answer_take_no_more_threads_than_they_may() {
        let resolver = Resolver { places: Arc::new(Semaphore::new(2)), ..Resolver::default() };
        let (started, begun) = mpsc::channel();
        let (free, stuck) = mpsc::channel::<()>();
        let stuck = Arc::new(Mutex::new(stuck));
        for n in 0..20 {
            let (resolver, started, stuck) = (resolver.clone(), started.clone(), stuck.clone());
            let look = move |_: &str| {
                let _ = started.send(n);
                let _ = stuck.lock().unwrap().recv();
                Ok(found())
            };
            // Whoever asked has given up at once; the look-up has not.
            let asked = resolver.by("b.example", look);
            let _ = tokio::time::timeout(Duration::from_millis(1), asked).await;
        }
        let first = tokio::task::spawn_blocking(move || [begun.recv().unwrap(), begun.recv().unwrap()]);
        first.await.unwrap();
        assert_eq!(resolver.places.available_permits(), 0);
        drop(free);
        let all = resolver.places.acquire_many(2).await;
        assert!(all.is_ok());
    }
}
