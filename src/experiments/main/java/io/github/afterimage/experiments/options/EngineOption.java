package io.github.afterimage.experiments.options;

import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import picocli.CommandLine.Option;

/** The engine that answers queries. */
public final class EngineOption {
    @Option(
            names = "--engine",
            order = 70,
            paramLabel = "NAME",
            description =
                    "The engine: auto (the fastest of the processor, by default), cuda, fused, blas or reference.")
    private String name = Engines.AUTO;

    public String name() {
        return name;
    }

    /** @throws IllegalArgumentException if no engine has the name, or it does not work on this machine */
    public Engine engine() {
        return Engines.named(name);
    }
}
