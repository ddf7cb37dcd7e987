//! Threads for work that a promise is waiting for.
//!
//! Those of Node are not used: a process that exits and a worker that is terminated wait for what runs on them.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use napi::bindgen_prelude::{Object, Result, ToNapiValue};
use napi::{Env, Error};
use pithy_image_fs::{Cancel, Control};

/// As many as Node has.
const THREADS: usize = 4;

/// How long a thread without work waits for more.
const IDLE: Duration = Duration::from_secs(5);

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    threads: usize,
    idle: usize,
}

static QUEUE: Mutex<Queue> = Mutex::new(Queue { jobs: VecDeque::new(), threads: 0, idle: 0 });
static ADDED: Condvar = Condvar::new();

thread_local! {
    /// What runs for the environment of this thread; none before the first.
    static RUNNING: RefCell<Option<Vec<Weak<Cancel>>>> = const { RefCell::new(None) };
}

/// A promise of what some work returns. It is cancelled when its environment ends.
pub fn promise<T: ToNapiValue + Send + 'static>(
    env: &Env,
    control: Control,
    work: impl FnOnce(&Control) -> T + Send + 'static,
) -> Result<Object<'_>> {
    let running = Arc::new(control.cancel.clone());
    RUNNING.with_borrow_mut(|all| {
        if all.is_none() {
            env.add_env_cleanup_hook((), |()| cancel_all())?;
        }
        let all = all.get_or_insert_default();
        all.retain(|job| job.strong_count() > 0);
        all.push(Arc::downgrade(&running));
        Ok::<(), Error>(())
    })?;
    let (deferred, promise) = env.create_deferred()?;
    start(Box::new(move || {
        let output = work(&control);
        drop(running);
        deferred.resolve(move |_| Ok(output));
    }));
    Ok(promise)
}

fn cancel_all() {
    RUNNING.with_borrow(|all| all.iter().flatten().filter_map(Weak::upgrade).for_each(|job| job.cancel()));
}

/// Gives a job to a thread; without any, it is done here.
fn start(job: Job) {
    let mut queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    queue.jobs.push_back(job);
    if queue.idle >= queue.jobs.len() || queue.threads == THREADS {
        return ADDED.notify_one();
    }
    if thread::Builder::new().name("pithy-image".to_owned()).spawn(run).is_ok() {
        queue.threads += 1;
    } else if queue.threads == 0 {
        let jobs = std::mem::take(&mut queue.jobs);
        drop(queue);
        for job in jobs {
            job();
        }
    }
}

/// Does jobs until there are none for a while.
fn run() {
    let mut queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if let Some(job) = queue.jobs.pop_front() {
            drop(queue);
            job();
            queue = QUEUE.lock().unwrap_or_else(PoisonError::into_inner);
            continue;
        }
        queue.idle += 1;
        let (woken, waited) = ADDED.wait_timeout(queue, IDLE).unwrap_or_else(PoisonError::into_inner);
        queue = woken;
        queue.idle -= 1;
        if waited.timed_out() && queue.jobs.is_empty() {
            queue.threads -= 1;
            return;
        }
    }
}
