//! The tiny vocabulary of the stories: servers whose answers a story decides.

pub mod feed;
pub mod http;
pub mod program;
pub mod running;
pub mod smtp;
