//! A kernel as a function of Cranelift: a loop over the rows of a batch.

use super::Rung;
use super::graph::{Layout, Node};
use super::lower::{Absence, Array, Frame, Helpers, Lowering};
use super::plan::Plan;
use super::search::Class;
use super::share;
use super::{civil, helpers};
use cranelift_codegen::Context;
use cranelift_codegen::ir::{
    AbiParam, BlockArg, FuncRef, InstBuilder, MemFlagsData, StackSlotData, StackSlotKind, Value, types,
};
use cranelift_codegen::settings::{self, Configurable};
use cranelift_frontend::{FunctionBuilder, FunctionBuilderContext};
use cranelift_jit::{JITBuilder, JITModule};
use cranelift_module::{FuncId, Linkage, Module, ModuleError, default_libcall_names};
use std::collections::BTreeSet;

/// The helpers by name, with how many words of 64 bits each is given and what it is.
const HELPERS: [(&str, usize); 5] =
    [("multiply", 5), ("modulo", 5), ("quotient", 6), ("count_at_most", 3), ("answer", 3)];

/// Why a kernel could not be compiled: a fault of ours.
#[derive(Debug, thiserror::Error)]
pub(super) enum Fault {
    #[error("{0}")]
    Module(#[from] Box<ModuleError>),
    #[error("{0}")]
    Setting(#[from] settings::SetError),
    #[error("{0}")]
    Machine(String),
}

/// In which order a kernel is given the addresses of what it reads.
#[derive(Clone, Debug)]
pub(super) struct Order {
    /// The fields whose columns it reads; the times stand before them.
    pub(super) columns: Vec<(usize, Layout)>,
    /// The arrays of tables that it reads.
    pub(super) arrays: Vec<Array>,
    /// How many outputs it writes.
    pub(super) outputs: usize,
}

/// A module with room for code.
pub(super) fn module() -> Result<JITModule, Fault> {
    let mut flags = settings::builder();
    flags.set("opt_level", "speed")?;
    flags.set("is_pic", "false")?;
    flags.set("use_colocated_libcalls", "false")?;
    flags.set("enable_verifier", if cfg!(debug_assertions) { "true" } else { "false" })?;
    let machine = cranelift_native::builder().map_err(|reason| Fault::Machine(reason.to_owned()))?;
    let isa = machine.finish(settings::Flags::new(flags)).map_err(|error| Fault::Machine(error.to_string()))?;
    let mut builder = JITBuilder::with_isa(isa, default_libcall_names());
    builder.symbol("multiply", helpers::multiply as *const u8);
    builder.symbol("modulo", helpers::modulo as *const u8);
    builder.symbol("quotient", helpers::quotient as *const u8);
    builder.symbol("count_at_most", helpers::count_at_most as *const u8);
    builder.symbol("answer", civil::answer as *const u8);
    Ok(JITModule::new(builder))
}

/// Compiles the kernel of a plan into a module.
pub(super) fn compile(
    module: &mut JITModule,
    plan: &Plan,
    order: &Order,
    proven: (Rung, Absence),
) -> Result<FuncId, Fault> {
    let mut context = written(module, plan, order, proven)?;
    let id = module.declare_function("kernel", Linkage::Export, &context.func.signature).map_err(Box::new)?;
    module.define_function(id, &mut context).map_err(Box::new)?;
    module.finalize_definitions().map_err(Box::new)?;
    Ok(id)
}

/// The function of a kernel, before it is compiled.
pub(super) fn written(
    module: &mut JITModule,
    plan: &Plan,
    order: &Order,
    proven: (Rung, Absence),
) -> Result<Context, Fault> {
    let mut context = module.make_context();
    context.func.signature.params = [AbiParam::new(types::I64); 4].to_vec();
    let mut frontend = FunctionBuilderContext::new();
    let mut builder = FunctionBuilder::new(&mut context.func, &mut frontend);
    let helpers = declared(module, &mut builder)?;
    write(builder, helpers, plan, order, proven, module);
    Ok(context)
}

fn declared(module: &mut JITModule, builder: &mut FunctionBuilder<'_>) -> Result<Helpers, Fault> {
    let mut known: Vec<FuncRef> = Vec::new();
    for (name, words) in HELPERS {
        let mut signature = module.make_signature();
        signature.params = vec![AbiParam::new(types::I64); words];
        signature.returns = vec![AbiParam::new(types::I64)];
        let id = module.declare_function(name, Linkage::Import, &signature).map_err(Box::new)?;
        known.push(module.declare_func_in_func(id, builder.func));
    }
    let slot = builder.create_sized_stack_slot(StackSlotData::new(StackSlotKind::ExplicitSlot, 16, 4));
    match known.as_slice() {
        [multiply, modulo, quotient, count_at_most, answer] => Ok(Helpers {
            multiply: *multiply,
            modulo: *modulo,
            quotient: *quotient,
            count_at_most: *count_at_most,
            answer: *answer,
            slot,
        }),
        _ => Err(Fault::Machine("the helpers are not all declared".to_owned())),
    }
}

fn write(
    mut builder: FunctionBuilder<'_>,
    helpers: Helpers,
    plan: &Plan,
    order: &Order,
    proven: (Rung, Absence),
    module: &JITModule,
) {
    let [entry, body, done] = [(); 3].map(|()| builder.create_block());
    builder.append_block_params_for_function_params(entry);
    builder.switch_to_block(entry);
    let parameters = builder.block_params(entry).to_vec();
    let rows = parameters.get(3).copied();
    let zero = builder.ins().iconst(types::I64, 0);
    let rows = rows.unwrap_or(zero);
    let frame = frame(&mut builder, &parameters, order);
    let row = builder.append_block_param(body, types::I64);
    builder.ins().brif(rows, body, &[BlockArg::from(zero)], done, &[]);
    builder.switch_to_block(body);
    let head = share::head(plan);
    let mut lowering = Lowering::new(builder, (plan, &head), proven, (frame, helpers), row);
    lowering.row();
    let mut builder = lowering.builder;
    let next = builder.ins().iadd_imm_s(row, 1);
    let goes_on = builder.ins().icmp(cranelift_codegen::ir::condcodes::IntCC::UnsignedLessThan, next, rows);
    builder.ins().brif(goes_on, body, &[BlockArg::from(next)], done, &[]);
    builder.switch_to_block(done);
    builder.ins().return_(&[]);
    builder.seal_all_blocks();
    builder.finalize(module.target_config());
}

/// Loads the addresses, before the first row.
fn frame(builder: &mut FunctionBuilder<'_>, parameters: &[Value], order: &Order) -> Frame {
    let mut addresses = |parameter: usize, count: usize| -> Vec<Value> {
        let Some(base) = parameters.get(parameter).copied() else { return Vec::new() };
        let flags = MemFlagsData::trusted().with_readonly();
        let offsets = (0..count).filter_map(|at| i32::try_from(at * 8).ok());
        offsets.map(|offset| builder.ins().load(types::I64, flags, base, offset)).collect()
    };
    let columns = addresses(0, order.columns.len() + 1);
    let arrays = addresses(1, order.arrays.len());
    let outputs = addresses(2, order.outputs);
    Frame {
        times: columns.first().copied(),
        columns: order.columns.iter().map(|(field, _)| *field).zip(columns.into_iter().skip(1)).collect(),
        arrays: order.arrays.iter().copied().zip(arrays).collect(),
        outputs,
    }
}

impl Order {
    /// What the kernel of a plan reads and writes.
    pub(super) fn of(plan: &Plan) -> Order {
        let columns: BTreeSet<(usize, Layout)> = plan
            .graph
            .nodes()
            .filter_map(|(_, node)| match node {
                Node::Column(source) => Some((source.field, source.layout)),
                _ => None,
            })
            .collect();
        let arrays = plan.searches.iter().enumerate().flat_map(|(at, search)| {
            let listed = |(_, class): &(usize, &Class)| !matches!(class, Class::Direct { .. });
            let classes = search.classes.iter().enumerate().filter(listed);
            let classes = classes.map(move |(key, _)| Array::Class(at, key));
            let rows = search.rows.as_ref().map(|_| Array::Rows(at));
            classes.chain(rows).chain([Array::Cells(at)]).collect::<Vec<_>>()
        });
        let outputs = 1 + plan.streams.iter().map(|stream| 1 + stream.outputs().len()).sum::<usize>();
        Order { columns: columns.into_iter().collect(), arrays: arrays.chain([Array::Civil]).collect(), outputs }
    }
}
