package io.github.afterimage.cli;

import io.github.afterimage.cli.options.ProcessorOptions;
import io.github.afterimage.cli.output.ExitCode;
import io.github.afterimage.cli.output.Format;
import io.github.afterimage.cli.output.ProcessMemory;
import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.engine.Engines;
import io.github.afterimage.engine.InstructionSet;
import io.github.afterimage.experiments.EngineCheck;
import io.github.afterimage.model.network.NetworkDevice;
import io.github.afterimage.model.network.OnnxRuntime;
import io.github.afterimage.store.NativeLibrary;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import org.bytedeco.javacpp.Loader;
import picocli.CommandLine.Mixin;

@picocli.CommandLine.Command(
        name = "doctor",
        header = "Show what works on this machine, and why the rest does not.",
        description = {
            "",
            "Every engine answers a small query; the exit code is 1 if one of them fails.",
            "",
            "Native code is extracted to .cache/afterimage in the home, or, where other users could write to that, to a "
                    + "temporary folder. java -Dorg.bytedeco.javacpp.cachedir=FOLDER -jar afterimage.jar names another one."
        },
        footer = {"  afterimage doctor"})
final class DoctorCommand extends Command {
    @Mixin
    private ProcessorOptions processor;

    @Override
    void execute(Report report) throws IOException {
        processor.apply();
        engines(report);
        Table machine = new Table("ll");
        if (NativeLibrary.available()) {
            report.field("instructions", InstructionSet.current())
                    .field("supportedInstructions", InstructionSet.supported());
            machine.row(
                    "instructions",
                    InstructionSet.current() + " (supported: " + String.join(", ", InstructionSet.supported()) + ")");
        }
        if (NativeLibrary.folder() != null) {
            report.field("nativeCodeFolder", NativeLibrary.folder().toString())
                    .field("nativeCodeFolderShared", NativeLibrary.folderIsShared());
            machine.row(
                    "native code",
                    "extracted to " + NativeLibrary.folder()
                            + (NativeLibrary.folderIsShared() ? ", where other users can put theirs" : ""));
        }
        int processors = Runtime.getRuntime().availableProcessors();
        report.field("processors", processors).field("threads", processor.threads());
        machine.row("processors", processors + ", " + Format.count(processor.threads(), "thread") + " in use");
        memory(report, machine);
        report.table(machine);
        versions(report);
    }

    private static void engines(Report report) {
        List<Map<String, Object>> fields = new ArrayList<>();
        Table table = new Table("lll").row("engine", "state", "");
        String fastest = Engines.auto().name();
        for (Engines.Choice choice : Engines.all()) {
            String problem = choice.engine() == null
                    ? choice.problem()
                    : EngineCheck.failure(choice.engine()).orElse(null);
            String state = problem == null ? "ok" : choice.engine() == null ? "unavailable" : "FAILED";
            String detail = problem == null ? choice.engine().description() : problem;
            table.row(choice.name(), state, detail + (choice.name().equals(fastest) ? " (auto)" : ""));
            Map<String, Object> field = new LinkedHashMap<>();
            field.put("name", choice.name());
            field.put("state", state.toLowerCase(Locale.ROOT));
            field.put(problem == null ? "description" : "problem", detail);
            fields.add(field);
            if (choice.engine() != null && problem != null) {
                report.exitCode(ExitCode.FAILED);
            }
        }
        report.field("auto", fastest).field("engines", fields).table(table);
    }

    private static void memory(Report report, Table machine) {
        long heap = Runtime.getRuntime().maxMemory();
        report.field("heapBytes", heap);
        OptionalLong all = ProcessMemory.machineBytes();
        OptionalLong available = ProcessMemory.availableBytes();
        if (all.isPresent() && available.isPresent()) {
            report.field("memoryBytes", all.getAsLong()).field("availableBytes", available.getAsLong());
            machine.row(
                    "memory",
                    Format.bytes(all.getAsLong()) + ", " + Format.bytes(available.getAsLong())
                            + " available; keys live outside the Java heap");
        }
        machine.row("Java heap", "at most " + Format.bytes(heap));
    }

    private static void versions(Report report) {
        Map<String, String> versions = new LinkedHashMap<>();
        versions.put("afterimage", Version.text());
        versions.put("java", System.getProperty("java.version"));
        versions.put("onnxRuntime", onnxRuntime());
        versions.put("onnxRuntimeCuda", String.valueOf(NetworkDevice.CUDA_MAJOR));
        versions.put("openBlas", library("org.bytedeco", "openblas"));
        versions.put("javaCpp", library("org.bytedeco", "javacpp"));
        versions.put(
                "system",
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " "
                        + System.getProperty("os.arch"));
        report.field("versions", versions)
                .table(new Table("ll")
                        .row("Afterimage", versions.get("afterimage"))
                        .row("Java", versions.get("java") + ", " + System.getProperty("java.vm.name"))
                        .row(
                                "ONNX Runtime",
                                versions.get("onnxRuntime") + "; on a GPU (--network-device cuda): onnxruntime_gpu of "
                                        + "this version, CUDA " + NetworkDevice.CUDA_MAJOR + ", cuDNN "
                                        + NetworkDevice.CUDNN_MAJOR)
                        .row("OpenBLAS", versions.get("openBlas"))
                        .row("system", versions.get("system")));
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
