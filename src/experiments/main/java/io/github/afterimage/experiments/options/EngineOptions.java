package io.github.afterimage.experiments.options;

import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import picocli.CommandLine.Option;

/** The engine that answers queries, and the part of the machine that it uses. */
public class EngineOptions extends DeviceOptions {
    @Option(
            names = "--engine",
            order = 70,
            paramLabel = "NAME",
            description =
                    "The engine: auto (the fastest of the processor, by default), cuda, fused, blas or reference.")
    private String engine = Engines.AUTO;

    public String engineName() {
        return engine;
    }

    /** @throws IllegalArgumentException if no engine has the name, or it does not work on this machine */
    public Engine engine() {
        return Engines.named(engine);
    }
}
