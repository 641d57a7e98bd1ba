//! A delivery becomes bytes: one file a format. Pure, and the same bytes for the same delivery, whenever it is sent.
//!
//! Whatever comes from a feed passes through [`clean`] before a person sees it; only JSON carries it as it was.

pub mod console;
pub mod email;
pub mod standard;

mod clean;
mod header;
mod html;
mod items;
mod link;
mod plain;
#[cfg(test)]
mod samples;
