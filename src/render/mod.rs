//! A delivery becomes bytes: one file a format. Pure, and the same bytes for the same delivery, whenever it is sent.

pub mod console;
pub mod email;
pub mod standard;
