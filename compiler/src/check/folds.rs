//! Folds: a state machine over the records of a key, in the order of events; what it yields are fields of a kind of its
//! own.

use super::fields::Declared;
use super::scope::{FoldPlace, Local, Scope};
use super::{Checker, literals, windows, words};
use crate::diagnostic::Diagnostic;
use crate::exact::Rational;
use crate::hir;
use crate::model::{Field, Step, Symbol, Type, Value, Window};
use crate::source::Span;
use crate::syntax::ast::{self, FoldClause, Name, Path, Per1, Shift, WindowUnit};
use crate::typed::{Denominator, Derived, Expr, ExprKind, Fold, From, Making, State};
use std::collections::BTreeMap;

pub(super) const STATE: &str = "florin::folds::state";
pub(super) const YIELD: &str = "florin::folds::yield";
pub(super) const FORGET: &str = "florin::folds::forget";
pub(super) const PREVIOUS: &str = "florin::folds::previous";

/// A state with what it begins with, while its fold is checked.
struct Known {
    name: Name,
    declared: Declared,
    optional: bool,
    initial: Option<Expr>,
    next: Option<Expr>,
}

impl Checker<'_> {
    /// A fold as it is declared, and the fields that it yields.
    pub(super) fn fold(&mut self, fold: &ast::Fold, kind: usize) -> Option<(Derived, Vec<Field>)> {
        let from = self.fold_records(fold)?;
        let written_keys = match &fold.pooled {
            Some(over) => {
                self.may_pool(over, &fold.keys)?;
                self.window_of_pool(fold.window.as_ref(), over)?;
                fold.keys.clone()
            }
            None => self.with_account(&fold.keys, fold.name.span),
        };
        let keys = self.record_keys(&written_keys, &from);
        let window = self.fold_window(fold);
        let forget = self.forgetting(fold);
        self.distinct_clauses(fold, from.kind);
        let states = self.states(fold);
        let mut scope = Scope::record(from.kind, usize::MAX);
        scope.fold = Some(FoldPlace { window: fold.window.clone() });
        scope.locals = state_names(fold).zip(&states).map(|(name, state)| local(name, state.as_ref())).collect();
        number(&mut scope.locals);
        let unchecked = fold.clauses.iter().filter(|clause| matches!(clause, FoldClause::State { .. })).count();
        let whole = states.iter().flatten().count() == unchecked;
        let lets = self.fold_lets(fold, &mut scope);
        let mut states: Vec<Known> = states.into_iter().flatten().collect();
        let changed = self.nexts(fold, &mut states, &scope, whole);
        let yields = self.yields(fold, &scope);
        let (yields, fields): (Vec<_>, Vec<_>) = yields?.into_iter().unzip();
        let (lets, (), true) = (lets?, changed?, whole) else { return None };
        let state = |known: Known| {
            let name = Symbol::clone(&known.name.text);
            Some(State { name, initial: known.initial, next: known.next? })
        };
        let machine = Fold {
            window: window?,
            forget: forget?,
            states: states.into_iter().map(state).collect::<Option<_>>()?,
            lets,
            yields,
        };
        let derived = Derived {
            name: Symbol::clone(&fold.name.text),
            kind,
            source: from.kind,
            condition: from.condition,
            keys: keys?,
            making: Making::Fold(machine),
            span: fold.name.span,
        };
        Some((derived, fields))
    }

    fn fold_records(&mut self, fold: &ast::Fold) -> Option<From> {
        let from = self.from(&fold.from)?;
        if from.list.is_some() {
            return self.fail(
                Diagnostic::error(super::grain::OUT_OF_PLACE, "a fold goes from record to record, not over a list")
                    .label(fold.from.path.span, "a list of each record")
                    .help("go over the records, and add up the list inside: `sum(item.n for item in items)`"),
            );
        }
        Some(from)
    }

    /// The window of a fold; none where it has none.
    fn fold_window(&mut self, fold: &ast::Fold) -> Option<Option<Window>> {
        match &fold.window {
            None => Some(None),
            Some(Per1::Window(window)) => self.window(window).map(Some),
            Some(Per1::Instant(span)) => self.fail(
                Diagnostic::error(windows::WINDOW, "a fold goes from record to record, not from instant to instant")
                    .label(*span, "no window")
                    .help("say when it begins anew, such as `per day`, or leave it out and say `forget after 90 days`"),
            ),
        }
    }

    /// A fold without a window says when it may forget; one with a window need not.
    fn forgetting(&mut self, fold: &ast::Fold) -> Option<Option<Window>> {
        let mut said = fold.clauses.iter().filter_map(|clause| match clause {
            FoldClause::Forget(window) => Some(window),
            _ => None,
        });
        let (first, second) = (said.next(), said.next());
        if let (Some(first), Some(second)) = (first, second) {
            return self.fail(
                Diagnostic::error(FORGET, "a fold forgets once")
                    .label(second.span, "said again here")
                    .label(first.span, "first said here")
                    .help("leave one of them out"),
            );
        }
        let has_states = fold.clauses.iter().any(|clause| matches!(clause, FoldClause::State { .. }));
        match (first, &fold.window) {
            (None, None) if has_states => self.fail(
                Diagnostic::error(FORGET, format!("the fold `{}` does not say when it may forget", fold.name.text))
                    .label(fold.name.span, "its states would be kept for ever")
                    .help(
                        "say after how long without a record they begin anew, `forget after 90 days` (or `forget after \
                         forever`, if that is meant); or give it a window: `per month`",
                    ),
            ),
            (Some(forget), Some(Per1::Window(window))) => self.fail(
                Diagnostic::error(FORGET, "a fold with a window begins anew with it, and forgets nothing before")
                    .label(forget.span, "not needed")
                    .label(window.span, "its states begin anew here")
                    .help("leave `forget after` out, or leave out the window"),
            ),
            (None, _) => Some(None),
            (Some(forget), _) => match self.window(forget)? {
                window if window.step == Step::Given || forget.starting.is_some() || forget.anchored.is_some() => self
                    .fail(
                        Diagnostic::error(FORGET, "a fold forgets after a length of time")
                            .label(forget.span, "not a length")
                            .help("write one such as `forget after 90 days` or `forget after 24 hours`"),
                    ),
                window if window.step == Step::Forever => Some(None),
                window => Some(Some(window)),
            },
        }
    }

    /// No two clauses have one name, and none has that of a field, a `let` or a part of the records.
    fn distinct_clauses(&mut self, fold: &ast::Fold, kind: usize) {
        let fields = self.schema.kinds.get(kind).into_iter().flat_map(|kind| &kind.fields);
        let mut known: BTreeMap<Symbol, Span> = fields.map(|field| (Symbol::clone(&field.name), field.span)).collect();
        known.extend(self.let_names(kind).map(|name| (Symbol::clone(&name.text), name.span)));
        let mut yielded = known.clone();
        for clause in &fold.clauses {
            let (name, known) = match clause {
                FoldClause::State { name, .. } | FoldClause::Let { name, .. } => (name, &mut known),
                // What it yields is outside of the fold, where its states and lets are not known.
                FoldClause::Yield { name, .. } => (name, &mut yielded),
                FoldClause::Next { .. } | FoldClause::Forget(_) => continue,
            };
            if ["id", "account", "time", "kind"].contains(&&*name.text) {
                self.report(
                    Diagnostic::error("florin::names::duplicate", format!("every record has a `{}`", name.text))
                        .label(name.span, "another one of this name")
                        .help("give this one another name"),
                );
            } else if let Some(first) = known.insert(Symbol::clone(&name.text), name.span) {
                self.report(
                    Diagnostic::error("florin::names::duplicate", format!("`{}` is declared twice", name.text))
                        .label(name.span, "declared again here")
                        .label(first, "first declared here")
                        .help("remove one of them, or give one another name"),
                );
            }
        }
    }

    /// The states; none for one that was reported.
    fn states(&mut self, fold: &ast::Fold) -> Vec<Option<Known>> {
        let states = fold.clauses.iter().filter_map(|clause| match clause {
            FoldClause::State { name, ty, initial } => Some((name, ty, initial.as_ref())),
            _ => None,
        });
        states.map(|(name, ty, initial)| self.state(name, ty, initial)).collect()
    }

    fn state(&mut self, name: &Name, ty: &ast::TypeName, initial: Option<&ast::Expr>) -> Option<Known> {
        let declared = self.type_name(ty)?;
        if let Type::List(_) = declared.ty {
            return self.fail(
                Diagnostic::error(STATE, "a state is one value, and this is a list")
                    .label(ty.span, "many values, and more with every record")
                    .help("keep what is counted of them: a number, a time, a text"),
            );
        }
        let initial = match initial {
            None if ty.optional => None,
            None => {
                let begins = self.beginning(&declared);
                return self.fail(
                    Diagnostic::error(STATE, format!("`{}` does not say what it begins with", name.text))
                        .label(name.span, "what is it before the first record?")
                        .help(format!(
                            "say it, `state {} : {} = {begins}`; or let it be absent at first: `{} optional`",
                            name.text,
                            self.sources.text(ty.span),
                            self.sources.text(ty.span)
                        )),
                );
            }
            Some(written) => {
                let nowhere = Scope::record(usize::MAX, 0);
                let value = self.expr(written, &nowhere, Some(&declared.ty))?;
                let value = in_its_unit(value, &declared);
                Some(self.fits(value, name, &declared, ty)?)
            }
        };
        Some(Known { name: name.clone(), declared, optional: ty.optional, initial, next: None })
    }

    /// What a state of a type may begin with.
    fn beginning(&self, declared: &Declared) -> String {
        match (&declared.ty, &declared.unit) {
            (Type::Number(of), unit) if of.currency().is_none() => match unit {
                Some(unit) => format!("0 {}", unit.name),
                None => "0".to_owned(),
            },
            (Type::Number(of), _) => of.currency().map_or("0".to_owned(), |code| format!("{code} 0")),
            (Type::Boolean, _) => "false".to_owned(),
            (Type::Text, _) => "\"\"".to_owned(),
            (Type::Enum(index), _) => {
                let member = self.schema.enums.get(*index).and_then(|known| known.members.first());
                member.map_or("MEMBER".to_owned(), |member| member.name.to_string())
            }
            _ => "VALUE".to_owned(),
        }
    }

    /// A value where a type was declared.
    pub(super) fn fits(&mut self, value: Expr, name: &Name, declared: &Declared, ty: &ast::TypeName) -> Option<Expr> {
        let value = if ty.optional { value } else { self.present(value)? };
        if value.ty == declared.ty {
            return Some(value);
        }
        let is = self.expr_words(&value);
        let wanted = self.type_words(&declared.ty, declared.unit.as_ref());
        let mend = self.unquoted(&declared.ty, &value.kind, "");
        self.fail(
            Diagnostic::error(words::TYPES, format!("`{}` is {wanted}", name.text))
                .label(value.span, format!("this is {is}"))
                .label(ty.span, "declared here")
                .help(mend.unwrap_or_else(|| format!("write {wanted} here, or declare `{}` otherwise", name.text))),
        )
    }

    /// The lets of a fold, each with those above it in view.
    fn fold_lets(&mut self, fold: &ast::Fold, scope: &mut Scope) -> Option<Vec<(Symbol, Expr)>> {
        let mut lets = Vec::new();
        let mut whole = true;
        self.heights.begin_fold();
        for clause in &fold.clauses {
            let FoldClause::Let { name, value } = clause else { continue };
            let checked = self.expr(value, scope, None);
            let checked = checked.filter(|checked| self.is_low_fold_let(name, scope, checked));
            whole &= checked.is_some();
            let named = checked.as_ref().map(|value| Expr { kind: ExprKind::FoldLet(lets.len()), ..value.clone() });
            scope.locals.push(Local { name: Symbol::clone(&name.text), value: named, depth: 0, of_record: true });
            lets.extend(checked.map(|value| (Symbol::clone(&name.text), value)));
        }
        whole.then_some(lets)
    }

    /// What becomes of the states; every one changes.
    fn nexts(&mut self, fold: &ast::Fold, states: &mut [Known], scope: &Scope, whole: bool) -> Option<()> {
        let mut first: BTreeMap<usize, Span> = BTreeMap::new();
        let mut done = Some(());
        for clause in &fold.clauses {
            let FoldClause::Next { name, value } = clause else { continue };
            let Some(at) = states.iter().position(|state| state.name.text == name.text) else {
                if whole {
                    self.no_state(name, states, fold);
                }
                done = None;
                continue;
            };
            if let Some(first) = first.insert(at, name.span) {
                self.report(
                    Diagnostic::error(STATE, format!("`{}` changes twice with one record", name.text))
                        .label(name.span, "the second one")
                        .label(first, "the first one")
                        .help("say in one `next` what it becomes: `next held = if .. then .. else ..`"),
                );
                done = None;
                continue;
            }
            let ty = state_type(fold, name);
            let (Some(state), Some(ty)) = (states.get(at), ty) else { continue };
            let declared = state.declared.clone();
            let value = self.expr(value, scope, Some(&declared.ty));
            let value = value.and_then(|value| self.fits(value, name, &declared, ty));
            done = done.filter(|()| value.is_some());
            states.get_mut(at).into_iter().for_each(|state| state.next.clone_from(&value));
        }
        for (at, state) in states.iter().enumerate() {
            if !first.contains_key(&at) {
                let (name, span) = (&state.name.text, state.name.span);
                self.report(
                    Diagnostic::error(STATE, format!("the state `{name}` never changes"))
                        .label(span, "no `next` says what it becomes")
                        .help(format!("say it, `next {name} = ..`; what never changes is a `let`")),
                );
                done = None;
            }
        }
        done
    }

    fn no_state(&mut self, name: &Name, states: &[Known], fold: &ast::Fold) {
        let known: Vec<&str> = states.iter().map(|state| &*state.name.text).collect();
        let is_let = fold.clauses.iter().find_map(|clause| match clause {
            FoldClause::Let { name: other, .. } | FoldClause::Yield { name: other, .. } if other.text == name.text => {
                Some(other.span)
            }
            _ => None,
        });
        let mut diagnostic =
            Diagnostic::error(STATE, format!("the fold has no state `{}`", name.text)).label(name.span, "not a state");
        if let Some(span) = is_let {
            diagnostic = diagnostic.label(span, "not kept from record to record");
        }
        self.report(diagnostic.help(match (words::nearest(&name.text, known.iter().copied()), known.as_slice()) {
            (Some(nearest), _) => format!("did you mean `{nearest}`?"),
            (None, []) => format!("declare it: `state {} : number = 0`", name.text),
            (None, known) => format!(
                "its states are {}; another is declared so: `state {} : number = 0`",
                literals::words_list(known),
                name.text
            ),
        }));
    }

    /// What it yields, with the fields that this makes.
    fn yields(&mut self, fold: &ast::Fold, scope: &Scope) -> Option<Vec<((Symbol, Expr), Field)>> {
        let written: Vec<_> = fold.clauses.iter().filter(|clause| matches!(clause, FoldClause::Yield { .. })).collect();
        if written.is_empty() {
            return self.fail(
                Diagnostic::error(YIELD, format!("the fold `{}` yields nothing", fold.name.text))
                    .label(fold.name.span, "nothing of it can be charged")
                    .help("say what each record comes to: `yield overflow : token = if fits then 0 tokens else input`"),
            );
        }
        let mut yields = Vec::new();
        for clause in &written {
            let FoldClause::Yield { name, ty, value } = clause else { continue };
            let declared = self.type_name(ty);
            let value = self.expr(value, scope, declared.as_ref().map(|declared| &declared.ty));
            let (Some(declared), Some(value)) = (declared, value) else { continue };
            let Some(value) = self.fits(value, name, &declared, ty) else { continue };
            let text = Symbol::clone(&name.text);
            yields.push(((Symbol::clone(&text), value), made_field(text, declared, ty.optional, name.span)));
        }
        (yields.len() == written.len()).then_some(yields)
    }

    /// `proceeds of previous year opening account.proceeds`
    pub(super) fn state_before(
        &mut self,
        path: &Path,
        (shift, window, window_span): (Shift, WindowUnit, Span),
        opening: Option<&ast::Expr>,
        scope: &Scope,
        span: Span,
    ) -> Option<Expr> {
        let [name] = path.names.as_slice() else { return self.no_history(span) };
        let state = scope.locals.iter().rev().find(|local| local.name == name.text);
        let Some((place, state)) = scope.fold.as_ref().zip(state) else { return self.no_history(span) };
        let state = state.value.clone()?;
        let ExprKind::State(at) = state.kind else {
            return self.fail(
                Diagnostic::error(
                    PREVIOUS,
                    format!("only a state has a value of the window before, and `{}` is a `let`", name.text),
                )
                .label(path.span, "not kept from record to record")
                .help("ask for a state, and compute with it"),
            );
        };
        let own = match &place.window {
            Some(Per1::Window(own)) => own,
            _ => {
                return self.fail(
                    Diagnostic::error(PREVIOUS, "this fold has no windows, so there is none before")
                        .label(span, "of which window?")
                        .help("give the fold a window: `per year`"),
                );
            }
        };
        if own.unit != window || own.count.is_some() || own.from_first_use || shift == Shift::Next {
            let name = self.sources.text(own.span).to_owned();
            return self.fail(
                Diagnostic::error(PREVIOUS, "a fold knows its own windows before this one, and no others")
                    .label(window_span, "not one of them")
                    .label(own.span, "its window")
                    .help(match own.count.is_some() || own.from_first_use {
                        true => "give the fold a plain window, such as `per month`, to look back".to_owned(),
                        false => format!("ask for `of previous {name}`"),
                    }),
            );
        }
        let opening = match opening {
            Some(written) => {
                let value = self.expr(written, scope, Some(&state.ty))?;
                let value = if state.optional { value } else { self.present(value)? };
                if value.ty != state.ty {
                    let (is, wanted) = (self.expr_words(&value), self.type_words(&state.ty, state.unit.as_ref()));
                    return self.fail(
                        Diagnostic::error(words::TYPES, format!("`{}` is {wanted}", name.text))
                            .label(value.span, format!("this is {is}"))
                            .help(format!("write {wanted} here")),
                    );
                }
                Some(Box::new(value))
            }
            None => None,
        };
        Some(Expr { kind: ExprKind::StateBefore { state: at, opening }, span, ..state })
    }

    fn no_history<T>(&mut self, span: Span) -> Option<T> {
        self.not_yet("history (`of previous ..`)", span);
        None
    }

    /// How messages call what a name stands for.
    pub(super) fn entity_word(&self, entity: hir::Entity) -> &'static str {
        match entity {
            hir::Entity::Derived(at) => match self.book.derived.get(at) {
                Some(hir::Derived::Fold(_)) => "a fold",
                _ => "spans",
            },
            other => other.word(),
        }
    }
}

/// A field that a fold or spans add to the records.
pub(super) fn made_field(name: Symbol, declared: Declared, optional: bool, span: Span) -> Field {
    let Declared { ty, unit } = declared;
    Field { wire: vec![Symbol::clone(&name)], name, ty, unit, optional, least: None, default: None, span }
}

/// A bare number is in the state's unit.
fn in_its_unit(value: Expr, declared: &Declared) -> Expr {
    let bare = matches!((&value.ty, &declared.ty), (Type::Number(of), Type::Number(wanted)) if of.is_none() && !wanted.is_none());
    let factor = declared.unit.as_ref().map_or_else(Rational::one, |unit| unit.factor.clone());
    match value.kind {
        ExprKind::Constant(Value::Number(number)) if bare => {
            let number = &number * &factor;
            let denominator = Denominator::of(&number);
            let kind = ExprKind::Constant(Value::Number(number));
            Expr { kind, ty: declared.ty.clone(), unit: declared.unit.clone(), denominator, ..value }
        }
        kind => Expr { kind, ..value },
    }
}

fn state_type<'w>(fold: &'w ast::Fold, wanted: &Name) -> Option<&'w ast::TypeName> {
    fold.clauses.iter().find_map(|clause| match clause {
        FoldClause::State { name, ty, .. } if name.text == wanted.text => Some(ty),
        _ => None,
    })
}

fn state_names(fold: &ast::Fold) -> impl Iterator<Item = &Name> {
    fold.clauses.iter().filter_map(|clause| match clause {
        FoldClause::State { name, .. } => Some(name),
        _ => None,
    })
}

/// A state as its fold's expressions name it; what names one that was reported stays silent.
fn local(name: &Name, state: Option<&Known>) -> Local {
    let value = state.map(|state| Expr {
        kind: ExprKind::State(0),
        ty: state.declared.ty.clone(),
        unit: state.declared.unit.clone(),
        optional: state.optional,
        denominator: Denominator::Open,
        span: name.span,
    });
    Local { name: Symbol::clone(&name.text), value, depth: 0, of_record: true }
}

/// Numbers the states that are known, in their order.
fn number(locals: &mut [Local]) {
    let states = locals.iter_mut().filter_map(|local| local.value.as_mut());
    states.enumerate().for_each(|(at, value)| value.kind = ExprKind::State(at));
}
