//! The small form as text, for tests: what two languages say alike looks alike.

use std::fmt::{Display, Write as _};

use super::{
    Argument, Entry, Expression, Function, FunctionId, Kind, Module, Operator, Statement, Step, Takes, Target,
};

/// The whole file: what it imports and exports, its classes, its functions.
pub(crate) fn shown(module: &Module) -> String {
    let mut out = String::new();
    for import in &module.imports {
        let item = import.item.as_deref().map_or(String::new(), |item| format!(" . {item}"));
        line(&mut out, 0, format_args!("import {} = {}{item}", import.local, import.module));
    }
    for class in &module.classes {
        let bases: Vec<_> = class.bases.iter().map(|base| expression(module, base)).collect();
        let elsewhere = if class.elsewhere { " elsewhere" } else { "" };
        line(&mut out, 0, format_args!("class {}({}){elsewhere}", class.name, bases.join(", ")));
        for field in &class.fields {
            let hint = field.hint.as_deref().map_or(String::new(), |hint| format!(": {hint}"));
            let value = field
                .value
                .as_ref()
                .map_or(String::new(), |value| format!(" = {}", expression(module, value)));
            line(&mut out, 1, format_args!("{}{hint}{value}", field.name));
        }
        for method in &class.methods {
            function(module, *method, 1, &mut out);
        }
    }
    if let Some(file) = module.functions.first() {
        statements(module, &file.body, 0, &mut out);
    }
    for export in &module.exports {
        line(&mut out, 0, format_args!("export {} = {}", export.name, expression(module, &export.value)));
    }
    for gap in &module.gaps {
        line(&mut out, 0, format_args!("gap {}..{}", gap.start, gap.end));
    }
    out
}

fn line(out: &mut String, level: usize, text: impl Display) {
    let _ = writeln!(out, "{:1$}{text}", "", level * 2);
}

fn function(module: &Module, id: FunctionId, level: usize, out: &mut String) {
    let Some(function) = module.functions.get(id.0 as usize) else { return };
    for decorator in &function.decorators {
        line(out, level, format_args!("@{}", expression(module, decorator)));
    }
    line(out, level, head(module, function));
    statements(module, &function.body, level + 1, out);
}

fn head(module: &Module, function: &Function) -> String {
    let parameters = function.parameters.iter().map(|parameter| {
        let stars = match parameter.takes {
            Takes::One => "",
            Takes::Rest => "*",
            Takes::Named => "**",
        };
        let decorators: Vec<_> = parameter
            .decorators
            .iter()
            .map(|decorator| format!("@{} ", expression(module, decorator)))
            .collect();
        let decorators = decorators.concat();
        let hint = parameter.hint.as_deref().map_or(String::new(), |hint| format!(": {hint}"));
        let default = parameter
            .default
            .as_ref()
            .map_or(String::new(), |value| format!(" = {}", expression(module, value)));
        format!("{decorators}{stars}{}{hint}{default}", target(module, &parameter.target))
    });
    let receiver = function.receiver.as_deref().map(|name| format!("<{name}>"));
    let parameters: Vec<_> = receiver.into_iter().chain(parameters).collect();
    format!("fn {}({})", function.name, parameters.join(", "))
}

fn statements(module: &Module, body: &[Statement], level: usize, out: &mut String) {
    for statement in body {
        self::statement(module, statement, level, out);
    }
}

fn statement(module: &Module, statement: &Statement, level: usize, out: &mut String) {
    let value =
        |value: &Option<Expression>| value.as_ref().map_or(String::new(), |value| expression(module, value));
    match &statement.step {
        Step::Do(done) => line(out, level, expression(module, done)),
        Step::Assign { target, hint, value } => {
            let hint = hint.as_deref().map_or(String::new(), |hint| format!(": {hint}"));
            line(
                out,
                level,
                format_args!("{}{hint} = {}", self::target(module, target), expression(module, value)),
            );
        }
        Step::If { condition, then, otherwise } => {
            line(out, level, format_args!("if {}", expression(module, condition)));
            statements(module, then, level + 1, out);
            if !otherwise.is_empty() {
                line(out, level, "else");
                statements(module, otherwise, level + 1, out);
            }
        }
        Step::Match { subject, arms } => {
            line(out, level, format_args!("match {}", expression(module, subject)));
            for arm in arms {
                let patterns: Vec<_> =
                    arm.patterns.iter().map(|pattern| expression(module, pattern)).collect();
                let guard = arm
                    .guard
                    .as_ref()
                    .map_or(String::new(), |guard| format!(" if {}", expression(module, guard)));
                let always = if arm.always { "always " } else { "" };
                line(out, level + 1, format_args!("{always}{}{guard} =>", patterns.join(" | ")));
                statements(module, &arm.body, level + 2, out);
            }
        }
        Step::Loop { each, condition, body } => {
            let each = each.as_ref().map_or(String::new(), |(name, of)| {
                format!(" {} in {}", target(module, name), expression(module, of))
            });
            let condition =
                condition.as_ref().map_or(String::new(), |of| format!(" while {}", expression(module, of)));
            line(out, level, format_args!("loop{each}{condition}"));
            statements(module, body, level + 1, out);
        }
        Step::Try { body, catches, finally } => {
            line(out, level, "try");
            statements(module, body, level + 1, out);
            for catch in catches {
                let kinds: Vec<_> = catch.kinds.iter().map(|kind| expression(module, kind)).collect();
                let name = catch.name.as_deref().map_or(String::new(), |name| format!(" as {name}"));
                line(out, level, format_args!("catch {}{name}", kinds.join(" | ")));
                statements(module, &catch.body, level + 1, out);
            }
            if !finally.is_empty() {
                line(out, level, "finally");
                statements(module, finally, level + 1, out);
            }
        }
        Step::Return(of) => line(out, level, format_args!("return {}", value(of)).to_string().trim_end()),
        Step::Throw(of) => line(out, level, format_args!("throw {}", value(of)).to_string().trim_end()),
        Step::Leave => line(out, level, "leave"),
        Step::Function(id) => function(module, *id, level, out),
        Step::Class(id) => {
            let name = module.classes.get(id.0 as usize).map_or("", |class| &class.name);
            line(out, level, format_args!("class {name}"));
        }
        Step::Block(body) => {
            line(out, level, "block");
            statements(module, body, level + 1, out);
        }
    }
}

fn target(module: &Module, target: &Target) -> String {
    match target {
        Target::Name(name) => name.to_string(),
        Target::Member(of, name) => format!("{}.{name}", expression(module, of)),
        Target::Index(of, key) => format!("{}[{}]", expression(module, of), expression(module, key)),
        Target::Several(parts) => {
            let parts: Vec<_> = parts.iter().map(|part| self::target(module, part)).collect();
            format!("({})", parts.join(", "))
        }
        Target::Keyed { entries, rest } => {
            let entries = entries.iter().map(|(key, of, default)| {
                let default = default
                    .as_ref()
                    .map_or(String::new(), |value| format!(" = {}", expression(module, value)));
                format!("{key}: {}{default}", self::target(module, of))
            });
            let parts: Vec<_> = entries.chain(rest.as_ref().map(|rest| format!("...{rest}"))).collect();
            format!("{{{}}}", parts.join(", "))
        }
        Target::Nothing => "_".to_owned(),
    }
}

fn arguments(module: &Module, arguments: &[Argument]) -> String {
    let shown: Vec<_> = arguments
        .iter()
        .map(|argument| {
            let stars = match argument.gives {
                Takes::One => "",
                Takes::Rest => "*",
                Takes::Named => "**",
            };
            let name = argument.name.as_deref().map_or(String::new(), |name| format!("{name}="));
            format!("{stars}{name}{}", expression(module, &argument.value))
        })
        .collect();
    shown.join(", ")
}

fn entries(module: &Module, entries: &[Entry]) -> String {
    let shown: Vec<_> = entries
        .iter()
        .map(|entry| match entry {
            Entry::Pair(key, value) => format!("{}: {}", expression(module, key), expression(module, value)),
            Entry::Spread(of) => format!("...{}", expression(module, of)),
        })
        .collect();
    format!("{{{}}}", shown.join(", "))
}

fn several<'e>(module: &Module, parts: impl IntoIterator<Item = &'e Expression>) -> String {
    parts.into_iter().map(|part| expression(module, part)).collect::<Vec<_>>().join(", ")
}

fn expression(module: &Module, of: &Expression) -> String {
    let show = |of: &Expression| expression(module, of);
    match &of.kind {
        Kind::Name(name) => name.to_string(),
        Kind::Text(text) => format!("{text:?}"),
        Kind::Number(number) => number.to_string(),
        Kind::Bool(value) => value.to_string(),
        Kind::Null => "null".to_owned(),
        Kind::Template(parts) => format!("text({})", several(module, parts)),
        Kind::Map(of) => entries(module, of),
        Kind::List(parts) => format!("[{}]", arguments(module, parts)),
        Kind::Record { of, entries: parts } => format!("{} {}", show(of), entries(module, parts)),
        Kind::Call { callee, arguments: given, new } => {
            format!("{}{}({})", if *new { "new " } else { "" }, show(callee), arguments(module, given))
        }
        Kind::Member(of, name) => format!("{}.{name}", show(of)),
        Kind::Index(of, key) => format!("{}[{}]", show(of), show(key)),
        Kind::Binary(operator, left, right) => {
            format!("({} {} {})", show(left), sign(*operator), show(right))
        }
        Kind::Not(of) => format!("!{}", show(of)),
        Kind::Tried(of) => format!("{}?", show(of)),
        Kind::Choice { condition, then, otherwise } => {
            format!("({} ? {} : {})", show(condition), show(then), show(otherwise))
        }
        Kind::Function(id) => block(|out| function(module, *id, 0, out)),
        Kind::Class(id) => format!("class#{}", id.0),
        Kind::Block(body, value) => {
            let body = block(|out| statements(module, body, 0, out));
            format!("{{ {body}; {} }}", value.as_deref().map_or(String::new(), show))
        }
        Kind::Assign(to, value) => format!("({} := {})", target(module, to), show(value)),
        Kind::Each { value, through, conditions } => {
            let through =
                through.iter().map(|(name, of)| format!(" for {} in {}", target(module, name), show(of)));
            let conditions = conditions.iter().map(|of| format!(" if {}", show(of)));
            format!("[{}{}]", show(value), through.chain(conditions).collect::<Vec<_>>().concat())
        }
        Kind::Opaque(parts) => format!("?({})", several(module, parts)),
        Kind::Gap(parts) => format!("gap({})", several(module, parts)),
    }
}

/// Steps in one line.
fn block(show: impl FnOnce(&mut String)) -> String {
    let mut out = String::new();
    show(&mut out);
    out.trim_end().split('\n').map(str::trim).collect::<Vec<_>>().join("; ")
}

fn sign(operator: Operator) -> &'static str {
    match operator {
        Operator::Equal => "==",
        Operator::Unequal => "!=",
        Operator::In => "in",
        Operator::NotIn => "not in",
        Operator::And => "and",
        Operator::Or => "or",
        Operator::Else => "??",
        Operator::Plus => "+",
        Operator::Merge => "|",
        Operator::Order => "<>",
        Operator::Other => "op",
    }
}
