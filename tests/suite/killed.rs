//! `kill -9` at any moment of a build leaves the old or the new site, whole.

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::support::{Project, files_below};

const PAGES: usize = 300;
const KILLS: u32 = 26;

type Site = BTreeMap<String, Vec<u8>>;

/// Two projects, `one` and `two`, that are published into the same folder `out/public` and share no page's bytes.
fn projects() -> Project {
    let project = Project::new(&[("out/.keep", "")]);
    fs::remove_file(project.path("out/.keep")).unwrap();
    for (name, first) in [("one", 0), ("two", PAGES / 4)] {
        project.write(&format!("{name}/proofbook.toml"), &format!("title = \"Site {name}\"\n"));
        project.write(&format!("{name}/content/index.md"), &format!("# Site {name}\n"));
        for page in first..first + PAGES {
            let text = format!("# Page {page} of {name}\n\n{}\n", format!("Words of {name}. ").repeat(200));
            project.write(&format!("{name}/content/part-{}/page-{page}.md", page % 7), &text);
        }
    }
    project
}

fn staging_folders(project: &Project) -> usize {
    let entries = fs::read_dir(project.path("out")).unwrap();
    entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().contains(".proofbook-new-")).count()
}

#[test]
fn the_output_is_wholly_the_old_or_wholly_the_new_site() {
    let project = projects();
    let build = |name: &str| project.command(&format!("build --root {name} --output out/public"));
    let published = || -> Site { files_below(&project.path("out/public")) };

    build("one").run().fine();
    let one = published();
    // How long a build takes here, and how much of that is after it has begun to write, so that kills can be spread.
    let started = Instant::now();
    let mut running = build("two").start();
    while staging_folders(&project) == 0 && running.goes_on() {
        thread::sleep(Duration::from_micros(200));
    }
    let until_writing = started.elapsed();
    running.wait().fine();
    let writing = started.elapsed() - until_writing;
    let two = published();
    assert!(one.len() > PAGES && two.len() > PAGES && one["index.html"] != two["index.html"]);

    let mut killed = 0;
    let mut killed_while_writing = 0;
    for kill in 0..KILLS {
        let mut running = build(if kill % 2 == 0 { "one" } else { "two" }).start();
        if kill < KILLS / 4 {
            thread::sleep(until_writing * kill / (KILLS / 4));
        } else {
            while staging_folders(&project) == 0 && running.goes_on() {
                thread::sleep(Duration::from_micros(200));
            }
            thread::sleep(writing * (kill - KILLS / 4) / (KILLS - KILLS / 4));
        }
        running.signal(Signal::KILL);
        let status = running.wait().status;
        assert!(status == 137 || status == 0, "kill {kill}: status {status}");
        killed += u32::from(status == 137);
        killed_while_writing += u32::from(staging_folders(&project) > 0);

        let site = published();
        assert!(
            site == one || site == two,
            "after kill {kill} the output is a mixture: {:?}",
            differences(&site, &one, &two)
        );
    }
    assert!(killed > KILLS / 3, "only {killed} builds were still running when they were killed");
    assert!(killed_while_writing > 0, "no build was killed while it wrote: the kills are spread wrongly");

    build("one").run().fine();
    assert!(published() == one, "the next build works");
    let left: Vec<_> = fs::read_dir(project.path("out")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["public"], "nothing is left beside the output");
}

/// A few names of files that are in neither or come from both sites.
fn differences(site: &Site, one: &Site, two: &Site) -> Vec<String> {
    let of = |name: &String, bytes: &Vec<u8>| match (one.get(name) == Some(bytes), two.get(name) == Some(bytes)) {
        (true, true) => "both",
        (true, false) => "one",
        (false, true) => "two",
        (false, false) => "neither",
    };
    let files = site.iter().map(|(name, bytes)| format!("{name} of {}", of(name, bytes)));
    let missing = one.keys().filter(|name| !site.contains_key(*name)).map(|name| format!("{name} of one is missing"));
    files.chain(missing).take(20).collect()
}
