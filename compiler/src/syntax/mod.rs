//! From text to [`ast::Book`].

pub mod ast;
