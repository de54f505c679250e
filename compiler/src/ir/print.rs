//! The program as text.
