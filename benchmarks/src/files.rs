//! Generated data as files.

use crate::calendar;
use crate::digits;
use crate::expected::Expected;
use crate::workload::{Workload, write_id};
use std::fs::File;
use std::io::Write;
use std::path::Path;

/// How records are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// One JSON object a line.
    Ndjson,
    /// A header and a row each.
    Csv,
}

/// How much is gathered before it is written.
const BLOCK_BYTES: usize = 1 << 20;

/// Writes all records of a workload into a file; what is to be found in them comes back.
///
/// # Errors
/// The system's.
pub fn write<W: Workload>(mut workload: W, format: Format, path: &Path) -> std::io::Result<Expected> {
    let mut file = File::create(path)?;
    let mut block = Vec::with_capacity(BLOCK_BYTES + 1_024);
    if format == Format::Csv {
        block.extend_from_slice(b"id,account,time,kind");
        W::FIELDS.iter().for_each(|field| block.extend_from_slice(format!(",{field}").as_bytes()));
        block.push(b'\n');
    }
    while let Some(record) = workload.next() {
        match format {
            Format::Ndjson => write_object(&workload, &record, &mut block),
            Format::Csv => write_row(&workload, &record, &mut block),
        }
        if block.len() >= BLOCK_BYTES {
            file.write_all(&block)?;
            block.clear();
        }
    }
    file.write_all(&block)?;
    file.flush()?;
    Ok(workload.expected())
}

fn write_object<W: Workload>(workload: &W, record: &W::Record, out: &mut Vec<u8>) {
    let head = W::head(record);
    out.extend_from_slice(b"{\"id\":\"");
    write_id(out, head.number);
    out.extend_from_slice(b"\",\"account\":\"");
    write_account(out, head.account);
    out.extend_from_slice(b"\",\"time\":\"");
    calendar::write(out, head.second);
    out.extend_from_slice(b"\",\"kind\":\"");
    out.extend_from_slice(W::KIND.as_bytes());
    out.push(b'"');
    for (at, field) in W::FIELDS.iter().enumerate() {
        out.extend_from_slice(b",\"");
        out.extend_from_slice(field.as_bytes());
        out.extend_from_slice(if W::is_text(at) { b"\":\"" } else { b"\":" });
        workload.write_field(record, at, out);
        if W::is_text(at) {
            out.push(b'"');
        }
    }
    out.extend_from_slice(b"}\n");
}

fn write_row<W: Workload>(workload: &W, record: &W::Record, out: &mut Vec<u8>) {
    let head = W::head(record);
    write_id(out, head.number);
    out.push(b',');
    write_account(out, head.account);
    out.push(b',');
    calendar::write(out, head.second);
    out.push(b',');
    out.extend_from_slice(W::KIND.as_bytes());
    for field in 0..W::FIELDS.len() {
        out.push(b',');
        workload.write_field(record, field, out);
    }
    out.push(b'\n');
}

fn write_account(out: &mut Vec<u8>, account: u32) {
    out.extend_from_slice(b"acct-");
    digits::write_padded(out, account.into(), 6);
}
