//! What stands below every edge that touches a network: the address guard, TLS roots, bodies with limits, trouble in words.

pub mod body;
pub mod guard;
pub mod tls;
pub mod trouble;
