//! Every number of the engine against reference tables: `tests/cases/statistics/reference`, whose README says how they were made.
//!
//! `SEGUE_STATISTICS_REFERENCE` names another folder of the same schema; a table that it lacks is not missed. One module a table
//! says what the engine answers to a case; `rule` says how close that must be. A table that no module knows fails, and so does an
//! expected field that a module leaves out. With `--nocapture` each table prints its line of the table in `docs/statistics.md`.

mod case;
mod found;
mod itself;
mod rule;

use std::path::PathBuf;

use case::{Case, Table};
use found::{Found, Tally};

/// The folder of another set of tables.
const FOLDER: &str = "SEGUE_STATISTICS_REFERENCE";

/// The project's own tables: none of them may be missing.
const OWN: &str = "reference";

/// One test a table, in the module of its name; and the list of them.
macro_rules! tables {
    ($list:ident: $($name:ident),+ $(,)?) => {
        const $list: &[&str] = &[$(stringify!($name)),+];
        $(
            #[test]
            fn $name() {
                agree(stringify!($name), $name::compare);
            }
        )+
    };
}

// Means, and what ends in the same shape.
mod cuped;
mod quantile_clustered;
mod ratio_delta;
mod relative_lift_fieller;
mod welch_t;
tables!(MEANS: cuped, quantile_clustered, ratio_delta, relative_lift_fieller, welch_t);

// Shares and counts.
mod chi_squared;
mod fisher_exact;
mod srm;
mod two_proportion_z;
tables!(COUNTS: two_proportion_z, fisher_exact, chi_squared, srm);

// Looks, bounds and many metrics.
mod benjamini_hochberg;
mod holm;
mod lan_demets;
mod msprt;
mod sequential_asymptotic_cs;
tables!(LOOKS: sequential_asymptotic_cs, msprt, lan_demets, holm, benjamini_hochberg);

// Beliefs and plans.
mod bayesian_binomial;
mod bayesian_normal;
mod best_arm;
mod power_means;
mod power_proportions;
tables!(BELIEFS: bayesian_binomial, bayesian_normal, best_arm, power_means, power_proportions);

/// Compares every case of a table, prints its line, and fails with all that is wrong.
fn agree(name: &str, compare: fn(&Case, &mut Found)) {
    for folder in folders() {
        let path = folder.join(format!("{name}.json"));
        if !path.exists() {
            assert!(!folder.ends_with(OWN), "{} is missing", path.display());
            continue;
        }
        let table = Table::read(&path);
        let mut tally = Tally::default();
        for case in &table.cases {
            let mut found = Found::new(case, &mut tally);
            compare(case, &mut found);
            found.finish();
        }
        println!("{}", tally.line(name, table.cases.len()));
        if tally.library_faults > 0 {
            println!("{name}: {} numbers are what a library's known fault makes of them", tally.library_faults);
        }
        let mut faults = tally.faults;
        if is_own() {
            faults.extend(tally.goal_missed);
        }
        assert!(faults.is_empty(), "{} in {name} of {}:\n{}", faults.len(), folder.display(), faults.join("\n"));
    }
}

/// Where the tables are: the project's own, and its cases at the edges (`tests/oracles/statistics_edges.py`); or another folder.
fn folders() -> Vec<PathBuf> {
    let own = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases/statistics"));
    std::env::var_os(FOLDER).map_or_else(|| vec![own.join(OWN), own.join("edges")], |other| vec![other.into()])
}

/// Whether these are the tables that ship with the project.
fn is_own() -> bool {
    std::env::var_os(FOLDER).is_none()
}

/// A table that no module knows would be left out in silence, and so would a folder without any.
#[test]
fn every_table_is_known() {
    let known: Vec<&str> = [MEANS, COUNTS, LOOKS, BELIEFS].concat();
    for folder in folders() {
        let is_there = |name: &&str| folder.join(format!("{name}.json")).exists();
        assert!(known.iter().any(is_there), "there is no table in {}", folder.display());
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let is_table = path.extension().is_some_and(|ending| ending == "json");
            assert!(!is_table || known.contains(&name), "no module for {}", path.display());
        }
    }
}
