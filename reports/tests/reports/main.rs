//! Every format, rendered from one golden run.

mod curl;
mod golden;
mod hostile;
mod html;
mod json;
mod junit;
mod support;
mod terminal;
