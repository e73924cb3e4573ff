package io.github.afterimage.experiments.options;

import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.platform.NativeLibrary;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The threads and the instruction set that a command uses. */
public class ProcessorOptions {
    @Option(
            names = "--threads",
            order = 80,
            paramLabel = "N",
            description = "Number of threads; one for each processor by default.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--instructions",
            order = 81,
            paramLabel = "NAME",
            description = "Instruction set of the kernels; the best one by default, \"doctor\" lists them.")
    private @Nullable String instructions;

    /** Applies the instruction set to the process. */
    public void apply() {
        if (threads < 1) {
            throw new IllegalArgumentException("--threads " + threads + ": expected a positive number");
        }
        if (instructions != null) {
            InstructionSet.use(instructions);
        } else if (NativeLibrary.available()) {
            InstructionSet.useNamed();
        }
    }

    public int threads() {
        return threads;
    }
}
