//! A delivery becomes bytes: one file a format. Pure, and the same bytes for the same delivery, whenever it is sent.
//!
//! Whatever comes from a feed passes through [`clean`] before a person sees it; only JSON carries it as it was. [`chat`] is
//! what messages of chat services have in common.

pub mod atom;
pub mod console;
pub mod email;
pub mod format;
pub mod standard;
pub mod template;

mod chat;
mod clean;
mod discord;
mod header;
mod html;
mod items;
mod link;
mod ntfy;
mod plain;
#[cfg(test)]
mod samples;
mod sections;
#[cfg(test)]
mod shapes;
mod slack;
mod teams;
mod telegram;
#[cfg(test)]
mod tests;

pub use format::{Format, Pace, Request};
pub use template::{Line, Template};
