package io.github.afterimage.cli;

import static io.github.afterimage.cli.output.Text.value;

import io.github.afterimage.cli.output.Report;
import io.github.afterimage.cli.output.Table;
import io.github.afterimage.cli.output.Text;
import io.github.afterimage.cli.output.Version;
import io.github.afterimage.model.network.NetworkDevice;
import io.github.afterimage.model.network.OnnxRuntime;
import java.io.IOException;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;

/** Reports the versions of the program, of its libraries and of the system. */
final class VersionReport {
    private VersionReport() {}

    static void report(Report report) {
        String system = Stream.of("os.name", "os.version", "os.arch")
                .map(System::getProperty)
                .collect(Collectors.joining(" "));
        report.table(new Table("ll")
                .row("Afterimage", value("versions.afterimage", Version.text()))
                .row(
                        "Java",
                        Text.of(
                                "%s, %s",
                                value("versions.java", System.getProperty("java.version")),
                                System.getProperty("java.vm.name")))
                .row(
                        "ONNX Runtime",
                        Text.of(
                                "%s; on a GPU (--network-device cuda): onnxruntime_gpu of this version, CUDA %s%s",
                                value("versions.onnxRuntime", onnxRuntime()),
                                value("versions.onnxRuntimeCuda", String.valueOf(NetworkDevice.CUDA_MAJOR)),
                                ", cuDNN " + NetworkDevice.CUDNN_MAJOR))
                .row("OpenBLAS", value("versions.openBlas", library("org.bytedeco", "openblas")))
                .field("versions.javaCpp", library("org.bytedeco", "javacpp"))
                .row("system", value("versions.system", system)));
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
