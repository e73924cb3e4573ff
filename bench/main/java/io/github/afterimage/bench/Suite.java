package io.github.afterimage.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.runner.options.ChainedOptionsBuilder;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Which benchmarks run together, with which parameters. */
enum Suite {
    /** Ten minutes on two cores: what a change of the code may spoil. */
    SELECTION(
            3,
            2,
            part(RooflineBenchmark.class, "keys=50000"),
            part(PeersBenchmark.class, "shape=CIFAR_SHORT", "batch=1,16,256"),
            part(PeersBenchmark.class, "shape=IMAGENET", "batch=16"),
            part(EnginesBenchmark.class, "batch=16"),
            part(CallersBenchmark.class, "callers=16", "threads=1,2"),
            part(KeysBenchmark.class, "keys=1000000"),
            part(DimBenchmark.class, "dim=256,4096"),
            part(FilesBenchmark.class, "type=FLOAT32")),
    /** An hour: every figure of the page. */
    ALL(
            3,
            3,
            part(RooflineBenchmark.class),
            part(PeersBenchmark.class),
            part(EnginesBenchmark.class),
            part(CallersBenchmark.class),
            part(KeysBenchmark.class),
            part(DimBenchmark.class),
            part(FilesBenchmark.class)),
    /** A minute or two: that everything runs, on sizes that say nothing. */
    CHECK(
            1,
            1,
            part(RooflineBenchmark.class, "keys=2000", "dim=256"),
            part(PeersBenchmark.class, "shape=TINY"),
            part(EnginesBenchmark.class, "shape=TINY"),
            part(CallersBenchmark.class, "callers=1,4,16", "threads=2", "keys=2000", "dim=64"),
            part(KeysBenchmark.class, "keys=1000,10000"),
            part(DimBenchmark.class, "dim=16,64", "keys=2000"),
            part(FilesBenchmark.class, "keys=5000", "dim=64"));

    final int forks;
    final int iterations;
    final List<Part> parts;

    /**
     * One benchmark.
     *
     * @param parameters each {@code name=value,value}; what is not named has the values of the class
     */
    record Part(Class<?> benchmark, List<String> parameters) {
        String name() {
            return benchmark.getSimpleName();
        }
    }

    Suite(int forks, int iterations, Part... parts) {
        this.forks = forks;
        this.iterations = iterations;
        this.parts = List.of(parts);
    }

    private static Part part(Class<?> benchmark, String... parameters) {
        return new Part(benchmark, List.of(parameters));
    }

    Options options(Part part) {
        ChainedOptionsBuilder options = new OptionsBuilder()
                .include("\\." + part.name() + "\\.")
                .forks(forks)
                .measurementIterations(iterations)
                .shouldFailOnError(true);
        for (String parameter : part.parameters) {
            int equals = parameter.indexOf('=');
            options.param(
                    parameter.substring(0, equals),
                    parameter.substring(equals + 1).split(","));
        }
        if (this == CHECK) {
            options.warmupIterations(0).measurementTime(new TimeValue(10, TimeUnit.MILLISECONDS));
        }
        return options.build();
    }
}
