package io.github.afterimage.model.network;

import ai.onnxruntime.OrtEnvironment;
import io.github.afterimage.store.NativeLibrary;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Whether ONNX Runtime can be used here, and why not. Its native libraries are extracted where all others are, since its own
 * loader writes them anew for each process and leaves a folder behind. Thread-safe; the answer never changes.
 */
public final class OnnxRuntime {
    /** ONNX Runtime's property, left alone where it is set; set otherwise only while it is loaded. */
    private static final String SETTING = "onnxruntime.native.path";

    private static final String[] LIBRARIES = {
        "onnxruntime", "onnxruntime4j_jni", "onnxruntime_providers_shared", "onnxruntime_providers_cuda"
    };

    private static final String PROBLEM = load();

    private OnnxRuntime() {}

    /** Why it cannot be used, in one line; null where it can. */
    public static String problem() {
        return PROBLEM;
    }

    /** Its version; only where there is no {@link #problem}. */
    public static String version() {
        return OrtEnvironment.getEnvironment().getVersion();
    }

    /** @throws ModelException if it cannot be used, and so {@code model} neither */
    static OrtEnvironment environment(Path model) throws ModelException {
        if (PROBLEM != null) {
            throw new ModelException(model + " cannot be run: " + PROBLEM);
        }
        return OrtEnvironment.getEnvironment();
    }

    private static String load() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        if (!Files.isDirectory(temporary) || !Files.isWritable(temporary)) { // it makes a folder there in any case
            return "ONNX Runtime cannot be loaded: " + temporary
                    + " cannot be written; name another folder with -Djava.io.tmpdir";
        }
        boolean chosen = System.getProperty(SETTING) != null;
        try {
            Path folder = chosen ? null : extracted();
            if (folder != null) {
                System.setProperty(SETTING, folder.toString());
            }
            OrtEnvironment.getEnvironment();
            return null;
        } catch (LinkageError | IllegalStateException | IOException e) {
            return "ONNX Runtime cannot be loaded: " + NativeLibrary.reason(e);
        } finally {
            if (!chosen) {
                System.clearProperty(SETTING);
            }
        }
    }

    /** The folder of its libraries for this system; null where it has none, or no folder can be used, and so it decides. */
    private static Path extracted() throws IOException {
        Path folder = null;
        for (String library : LIBRARIES) {
            URL resource = OrtEnvironment.class.getResource("native/" + platform() + "/"
                    + System.mapLibraryName(library).replace("jnilib", "dylib"));
            if (resource != null && NativeLibrary.folder() != null) {
                folder = NativeLibrary.extract(resource).getParent();
            }
        }
        return folder;
    }

    /** This system as ONNX Runtime calls it. */
    private static String platform() {
        String system = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String name = system.contains("mac") ? "osx" : system.contains("win") ? "win" : "linux";
        return name + "-" + System.getProperty("os.arch").replaceFirst("amd64|x86_64", "x64");
    }
}
