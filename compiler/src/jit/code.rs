//! Compiled code in memory: the one place where it is called, and where its memory is freed.
#![allow(unsafe_code)]

use super::Rung;
use super::civil::Civil;
use super::compile::{self, Fault, Order};
use super::graph::Layout;
use super::lower::{Absence, Array};
use super::plan::Plan;
use super::search::{Class, Search};
use crate::columns::{Batch, Column};
use cranelift_jit::JITModule;
use std::sync::Arc;

/// The kernel: the addresses of columns, of arrays of tables and of outputs, in the order of its [`Order`], and how
/// many rows there are.
type Kernel = unsafe extern "C" fn(*const *const u8, *const *const u8, *const *mut u8, usize);

/// A compiled kernel.
pub(super) struct Code {
    /// Always there until it is dropped.
    module: Option<JITModule>,
    kernel: Kernel,
    order: Order,
    /// Where the arrays begin; they are those of `searches`.
    arrays: Vec<*const u8>,
    /// Kept alive for the arrays, which do not move.
    _searches: Vec<Arc<Search>>,
    /// Likewise.
    _civil: Arc<Civil>,
}

// SAFETY: the module is only touched again when it is dropped, by the one who holds it last; the code changes nothing
// but the outputs that it is given; the arrays are never written.
unsafe impl Send for Code {}
// SAFETY: as above.
unsafe impl Sync for Code {}

impl std::fmt::Debug for Code {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Code").field("order", &self.order).finish_non_exhaustive()
    }
}

/// One column of a kernel's results.
#[derive(Debug)]
pub(super) enum Written {
    Bytes(Vec<u8>),
    Narrow(Vec<i64>),
    Wide(Vec<i128>),
}

/// The width of an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Width {
    /// Of what a row is where the kernel says nothing else.
    Byte(u8),
    Narrow,
    Wide,
}

impl Code {
    /// Compiles the kernel of a plan.
    pub(super) fn of(plan: &Plan, rung: Rung, absence: Absence) -> Result<Code, Fault> {
        let order = Order::of(plan);
        let mut module = compile::module()?;
        let compiled = compile::compile(&mut module, plan, &order, (rung, absence));
        let id = match compiled {
            Ok(id) => id,
            Err(fault) => {
                // SAFETY: nothing of this module was handed out.
                unsafe { module.free_memory() };
                return Err(fault);
            }
        };
        let address = module.get_finalized_function(id);
        // SAFETY: the function was compiled with this signature, in the calling convention of the machine.
        let kernel = unsafe { std::mem::transmute::<*const u8, Kernel>(address) };
        let (searches, civil) = (plan.searches.clone(), plan.civil.clone());
        let arrays = order.arrays.iter().map(|array| address_of(&searches, &civil, *array)).collect();
        Ok(Code { module: Some(module), kernel, order, arrays, _searches: searches, _civil: civil })
    }

    /// Runs over a batch; one result for each of the widths, which must be those of the plan's outputs. None where
    /// the batch's columns are not those that the kernel was compiled for.
    pub(super) fn run(&self, batch: &Batch, widths: &[Width]) -> Option<Vec<Written>> {
        let rows = batch.len();
        if widths.len() != self.order.outputs || batch.times.len() != rows {
            return None;
        }
        let columns =
            self.order.columns.iter().map(|(field, layout)| address(batch.columns.get(*field)?, *layout, rows));
        let columns: Vec<*const u8> =
            std::iter::once(Some(batch.times.as_ptr().cast())).chain(columns).collect::<Option<_>>()?;
        let mut outputs: Vec<Written> = widths.iter().map(|width| Written::of(*width, rows)).collect();
        let addresses: Vec<*mut u8> = outputs.iter_mut().map(Written::address).collect();
        // SAFETY: each column has `rows` elements of the layout for which the kernel was compiled, each array of a
        // table a cell at every place that classes lead to, and each output room for `rows` elements of its width.
        unsafe { (self.kernel)(columns.as_ptr(), self.arrays.as_ptr(), addresses.as_ptr(), rows) };
        for output in &mut outputs {
            // SAFETY: the kernel writes each number of each row, whatever becomes of the row; bytes are there already.
            unsafe { output.set_len(rows) };
        }
        Some(outputs)
    }
}

impl Drop for Code {
    fn drop(&mut self) {
        if let Some(module) = self.module.take() {
            // SAFETY: whoever calls the code holds this; so nobody calls it any more.
            unsafe { module.free_memory() };
        }
    }
}

impl Written {
    fn of(width: Width, rows: usize) -> Written {
        match width {
            Width::Byte(status) => Written::Bytes(vec![status; rows]),
            Width::Narrow => Written::Narrow(Vec::with_capacity(rows)),
            Width::Wide => Written::Wide(Vec::with_capacity(rows)),
        }
    }

    fn address(&mut self) -> *mut u8 {
        match self {
            Written::Bytes(bytes) => bytes.as_mut_ptr(),
            Written::Narrow(integers) => integers.as_mut_ptr().cast(),
            Written::Wide(integers) => integers.as_mut_ptr().cast(),
        }
    }

    /// Says how many elements there are.
    ///
    /// # Safety
    /// There must be room for them, and they must have been written.
    unsafe fn set_len(&mut self, rows: usize) {
        // SAFETY: as the caller promises.
        unsafe {
            match self {
                Written::Bytes(bytes) => bytes.set_len(rows),
                Written::Narrow(integers) => integers.set_len(rows),
                Written::Wide(integers) => integers.set_len(rows),
            }
        }
    }
}

/// Where a column begins, if it is held so and has so many rows.
fn address(column: &Column, layout: Layout, rows: usize) -> Option<*const u8> {
    let (address, len): (*const u8, usize) = match (column, layout) {
        (Column::Numbers(numbers), Layout::Numbers(scale)) if numbers.scale == scale => {
            (numbers.mantissas.as_ptr().cast(), numbers.mantissas.len())
        }
        (Column::Texts(codes) | Column::Members(codes), Layout::Codes) => (codes.as_ptr().cast(), codes.len()),
        (Column::Truths(truths), Layout::Truths) => (truths.as_ptr(), truths.len()),
        (Column::Dates(integers) | Column::Times(integers) | Column::Clocks(integers), Layout::Integers) => {
            (integers.as_ptr().cast(), integers.len())
        }
        _ => return None,
    };
    (len == rows).then_some(address)
}

fn address_of(searches: &[Arc<Search>], civil: &Civil, array: Array) -> *const u8 {
    let found = match array {
        Array::Civil => Some(std::ptr::from_ref(civil).cast()),
        Array::Cells(at) => searches.get(at).map(|search| search.cells.as_ptr().cast()),
        Array::Rows(at) => searches.get(at).and_then(|search| search.rows.as_ref()).map(|rows| rows.as_ptr().cast()),
        Array::Class(at, key) => searches.get(at).and_then(|search| search.classes.get(key)).and_then(address_of_class),
    };
    found.unwrap_or(std::ptr::null())
}

fn address_of_class(class: &Class) -> Option<*const u8> {
    match class {
        Class::Direct { .. } => None,
        Class::Listed { classes, .. } => Some(classes.as_ptr().cast()),
        Class::Thresholds(thresholds) => Some(std::ptr::from_ref(thresholds).cast()),
    }
}
