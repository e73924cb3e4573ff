package io.github.afterimage.bench;

import io.github.afterimage.binding.Native;
import io.github.afterimage.platform.NativeLibrary;
import java.util.concurrent.TimeUnit;
import org.bytedeco.javacpp.FloatPointer;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the time of a call through JNI of native code that does nothing. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(3)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class BindingBenchmark {
    private FloatPointer rows;

    @Setup
    public void load() {
        if (!NativeLibrary.available()) {
            throw new IllegalStateException(NativeLibrary.problem());
        }
        rows = new FloatPointer(1);
    }

    @TearDown
    public void free() {
        rows.close();
    }

    /** A Java call, for comparison. */
    @Benchmark
    public boolean java() {
        return NativeLibrary.available();
    }

    /** Without an argument. */
    @Benchmark
    public int noArgument() {
        return Native.afterimage_tier();
    }

    /** With a pointer, which JavaCPP reads from its object, and two numbers; normalizes no row. */
    @Benchmark
    public long pointer() {
        return Native.afterimage_normalize(rows, 0, 1);
    }
}
