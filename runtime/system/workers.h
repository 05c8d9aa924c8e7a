// The threads that axnorm starts for calls that are divided.
//
// They are started when a call first needs them, and kept: as many as the largest number that a call asked for. Calls
// that are made at once share them, and a call inside of another takes what is free: who calls works, too, so that no
// call waits for a thread. They are never joined: a program may end while other threads are in calls, and a shared
// library with axnorm inside is not unloaded any more. A forked process starts its own.
#pragma once

namespace axnorm {

// Calls task(context, i) for each i in [0, count), on `threads` threads at most, of which one is the caller's.
// A task that throws ends the program.
void run_on_workers(int count, int threads, void (*task)(void *context, int index), void *context) noexcept;

}  // namespace axnorm
