package io.github.afterimage.bench;

import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** The times behind the counters of an {@link InterleavedBenchmark}; each iteration begins with none. */
@State(Scope.Thread)
public abstract class Counters {
    final ContenderTimes times = new ContenderTimes();

    /** Forgets the last iteration. */
    @Setup(Level.Iteration)
    public void reset() {
        times.reset();
    }
}
