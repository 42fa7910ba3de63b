//! The reports of a run. Every format is a pure function of one [`RunReport`](proofmark_model::RunReport): nothing here
//! opens a socket, reads a clock or writes a file, so a report rendered today from the events of a run equals the one
//! rendered while it ran.
//!
//! | module | what it renders | for whom |
//! |---|---|---|
//! | [`terminal`] | failures as short blocks and a last screen of five lines | the engineer who just ran it |
//! | [`html`] | one self-contained page | whoever has to change the server |
//! | [`junit`] | `junit.xml` | the release gate |
//! | [`json`] | `results.json` and its schema | scripts |
//! | [`events`] | `events.ndjson`, every exchange included | re-judging, later formats |
//! | [`curl`] | a shell line that repeats a request | all of them |
//! | [`exit`] | the verdict on the whole run, its sentence and its exit code | all of them |
//!
//! **What a target sent is hostile.** Before text reaches a format, control characters, bidirectional overrides and
//! other characters that hide or reorder text are written as `\u{202e}`; JSON uses its own `\u202e`, which is lossless.
//! Each format then escapes for its own syntax.
//!
//! **Reports are bounded, events are complete.** Each format says how much evidence it keeps and what it left out.

pub mod curl;
pub mod events;
mod evidence;
pub mod exit;
pub mod html;
pub mod json;
pub mod junit;
mod pseudonym;
pub mod terminal;
mod text;
mod view;
