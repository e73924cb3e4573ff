package io.github.afterimage.cli;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheIndexBuilder;
import io.github.afterimage.Engine;
import io.github.afterimage.Engines;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.ProcessMemory;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.report.ExitCode;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.network.NetworkDevice;
import io.github.afterimage.model.network.OnnxRuntime;
import io.github.afterimage.platform.JavaCpp;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

@picocli.CommandLine.Command(
        name = "doctor",
        header = "Test the engines on this machine and list versions.",
        description = {
            "",
            "Each engine answers a small query; the exit code is 1 if one fails. An engine that the machine cannot run is "
                    + "listed with the reason.",
            "",
            "Native code is extracted to .cache/afterimage in the home folder, or to a temporary folder if other users can "
                    + "write there. java -Dorg.bytedeco.javacpp.cachedir=FOLDER -jar afterimage.jar names another folder."
        },
        footer = {"  afterimage doctor"})
final class DoctorCommand extends Command {
    private static final double THETA = 3;
    private static final double TOLERANCE = 1e-6;

    @Mixin
    private ProcessorOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        processor.apply();
        engines(report);
        Table machine = new Table("ll");
        if (NativeLibrary.available()) {
            List<String> supported = InstructionSet.supported();
            machine.row(
                    "instructions",
                    Text.of(
                            "%s%s",
                            Text.value("instructions", InstructionSet.current()),
                            Text.figure(
                                    "supportedInstructions",
                                    supported,
                                    " (supported: " + String.join(", ", supported) + ")")));
        }
        if (JavaCpp.folder() != null) {
            boolean shared = JavaCpp.isShared();
            machine.row(
                    "native code",
                    Text.of(
                            "extracted to %s%s",
                            Text.value("nativeCodeFolder", JavaCpp.folder().toString()),
                            Text.figure(
                                    "nativeCodeFolderShared", shared, shared ? ", where other users can write" : "")));
        }
        machine.row(
                "processors",
                Text.of(
                        "%s, %s in use",
                        Text.value("processors", Runtime.getRuntime().availableProcessors()),
                        Text.count("threads", processor.threads(), "thread")));
        memory(machine);
        report.table(machine);
        versions(report);
    }

    private static void engines(Report report) {
        Table table = new Table("lll").row("engine", "state", "");
        String fastest = Engines.auto().name();
        for (Engines.Choice choice : Engines.all()) {
            Engine engine = choice.engine();
            String problem = engine == null ? choice.problem() : failure(engine);
            String state = problem == null ? "ok" : engine == null ? "unavailable" : "FAILED";
            String detail = engine == null || problem != null ? String.valueOf(problem) : engine.description();
            table.row(
                    Text.value("name", choice.name()),
                    Text.figure("state", state.toLowerCase(Locale.ROOT), state),
                    Text.figure(
                            problem == null ? "description" : "problem",
                            detail,
                            detail + (choice.name().equals(fastest) ? " (auto)" : "")));
            if (engine != null && problem != null) {
                report.exitCode(ExitCode.FAILED);
            }
        }
        report.field("auto", fastest).list("engines", table);
    }

    /** The failure of an engine in one line; null if its answer is right. */
    private static @Nullable String failure(Engine engine) {
        // The keys lie along two axes, one class each: p_mem of the query's own class is e^θ / (e^θ + 1).
        try (CacheIndex index =
                new CacheIndexBuilder(2, 2).threads(1).engine(engine).build()) {
            index.add(new float[] {1, 0, 0, 1}, new int[] {0, 1});
            double found = index.query(new float[] {2, 0}, THETA).row(0).probability(0);
            double expected = 1 / (1 + Math.exp(-THETA));
            return Math.abs(found - expected) <= TOLERANCE ? null : "gives " + found + ", expected " + expected;
        } catch (RuntimeException | LinkageError e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse(e.toString());
        }
    }

    private static void memory(Table machine) {
        OptionalLong all = ProcessMemory.machineBytes();
        OptionalLong available = ProcessMemory.availableBytes();
        if (all.isPresent() && available.isPresent()) {
            machine.row(
                    "memory",
                    Text.of(
                            "%s, %s available; keys live outside the Java heap",
                            Text.bytes("memoryBytes", all.getAsLong()),
                            Text.bytes("availableBytes", available.getAsLong())));
        }
        machine.row(
                "Java heap",
                Text.of(
                        "at most %s",
                        Text.bytes("heapBytes", Runtime.getRuntime().maxMemory())));
    }

    private static void versions(Report report) {
        String system = Stream.of("os.name", "os.version", "os.arch")
                .map(System::getProperty)
                .collect(Collectors.joining(" "));
        report.table(new Table("ll")
                .row("Afterimage", Text.value("versions.afterimage", Version.text()))
                .row(
                        "Java",
                        Text.of(
                                "%s, %s",
                                Text.value("versions.java", System.getProperty("java.version")),
                                System.getProperty("java.vm.name")))
                .row(
                        "ONNX Runtime",
                        Text.of(
                                "%s; on a GPU (--network-device cuda): onnxruntime_gpu of this version, CUDA %s%s",
                                Text.value("versions.onnxRuntime", onnxRuntime()),
                                Text.value("versions.onnxRuntimeCuda", String.valueOf(NetworkDevice.CUDA_MAJOR)),
                                ", cuDNN " + NetworkDevice.CUDNN_MAJOR))
                .row("OpenBLAS", Text.value("versions.openBlas", library("org.bytedeco", "openblas")))
                .field("versions.javaCpp", library("org.bytedeco", "javacpp"))
                .row("system", Text.value("versions.system", system)));
    }

    private static String onnxRuntime() {
        return OnnxRuntime.problem() == null ? OnnxRuntime.version() : "unavailable: " + OnnxRuntime.problem();
    }

    private static String library(String group, String artifact) {
        try {
            return Loader.getVersion(group, artifact);
        } catch (IOException e) {
            return "unknown: " + e.getMessage();
        }
    }
}
