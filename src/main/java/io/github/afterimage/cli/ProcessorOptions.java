package io.github.afterimage.cli;

import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.network.NetworkDevice;
import io.github.afterimage.store.NativeLibrary;
import java.util.Locale;
import picocli.CommandLine.Option;

/** What of the processor a command uses. */
final class ProcessorOptions {
    @Option(
            names = "--threads",
            order = 80,
            paramLabel = "N",
            description = "Threads to use; all processors by default.")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--instructions",
            order = 81,
            paramLabel = "NAME",
            description = "Instruction set of the kernels; the best one by default, \"doctor\" lists them.")
    private String instructions;

    @Option(
            names = "--network-device",
            order = 82,
            paramLabel = "NAME",
            description = "Where ONNX Runtime runs networks: cpu, by default, or cuda.")
    private String networkDevice;

    /** Applies the instruction set and the network's device to the process. */
    void apply() {
        if (threads < 1) {
            throw new IllegalArgumentException("--threads " + threads + ": expected a positive number");
        }
        if (instructions != null) {
            InstructionSet.use(instructions);
        } else if (NativeLibrary.available()) {
            InstructionSet.useNamed();
        }
        if (networkDevice != null) {
            System.setProperty(
                    NetworkDevice.PROPERTY,
                    NetworkDevice.named(networkDevice).name().toLowerCase(Locale.ROOT));
        }
    }

    int threads() {
        return threads;
    }
}
