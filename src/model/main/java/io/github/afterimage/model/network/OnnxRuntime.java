package io.github.afterimage.model.network;

import ai.onnxruntime.OrtEnvironment;
import io.github.afterimage.platform.JavaCpp;
import io.github.afterimage.platform.NativeLibrary;
import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Loads ONNX Runtime and reports its problem if it cannot be loaded. Extracts its native libraries to the folder of this
 * library's own, because the loader of ONNX Runtime writes a new copy for each process and leaves it behind. Each further
 * class loader of a process loads copies. Thread-safe; the result never changes.
 */
public final class OnnxRuntime {
    /** ONNX Runtime's property for the folder of its libraries. If the user did not set it, it is set during loading only. */
    private static final String PATH_PROPERTY = "onnxruntime.native.path";

    /** Set in the process by the first class loader that loads the libraries: Java lets no other one load the same files. */
    private static final String TAKEN_PROPERTY = "afterimage.network.loaded";

    /** Those that are loaded first. */
    private static final List<String> LIBRARIES = List.of("onnxruntime", "onnxruntime4j_jni");

    private static final List<String> PROVIDERS = List.of("onnxruntime_providers_shared", "onnxruntime_providers_cuda");

    private static final System.Logger LOG = System.getLogger(OnnxRuntime.class.getName());

    private static final @Nullable String PROBLEM = load();

    private OnnxRuntime() {}

    /** {@return the reason why ONNX Runtime cannot be used, in one line; null if it can} */
    public static @Nullable String problem() {
        return PROBLEM;
    }

    /** {@return the version of ONNX Runtime; call it only if there is no {@link #problem}} */
    public static String version() {
        return OrtEnvironment.getEnvironment().getVersion();
    }

    /**
     * Returns the environment that runs a model.
     *
     * @throws ModelException if ONNX Runtime cannot be used; the message names the model
     */
    static OrtEnvironment environment(Path model) throws ModelException {
        if (PROBLEM != null) {
            throw new ModelException(model + " cannot be run: " + PROBLEM);
        }
        return OrtEnvironment.getEnvironment();
    }

    private static @Nullable String load() {
        Path temporary = Path.of(System.getProperty("java.io.tmpdir"));
        if (!Files.isDirectory(temporary) || !Files.isWritable(temporary)) { // ONNX Runtime always makes a folder there
            return "ONNX Runtime cannot be loaded: " + temporary
                    + " cannot be written; name another folder with -Djava.io.tmpdir";
        }
        synchronized (Runtime.getRuntime()) { // properties are those of all class loaders
            return loadAlone();
        }
    }

    private static @Nullable String loadAlone() {
        boolean chosen = System.getProperty(PATH_PROPERTY) != null;
        Path copies = null;
        try {
            Path folder = chosen ? null : extracted();
            if (folder != null && System.getProperties().putIfAbsent(TAKEN_PROPERTY, folder.toString()) != null) {
                copies = Files.createTempDirectory(JavaCpp.folder(), "onnxruntime");
                copy(folder, copies);
                folder = copies;
            }
            if (folder != null) {
                System.setProperty(PATH_PROPERTY, folder.toString());
            }
            OrtEnvironment.getEnvironment();
            return null;
        } catch (LinkageError | IllegalStateException | IOException e) {
            return "ONNX Runtime cannot be loaded: " + JavaCpp.reason(e);
        } finally {
            if (!chosen) {
                System.clearProperty(PATH_PROPERTY);
            }
            if (copies != null) {
                delete(copies);
            }
        }
    }

    private static void copy(Path folder, Path copies) throws IOException {
        for (String library : LIBRARIES) {
            String file = file(library);
            Files.copy(folder.resolve(file), copies.resolve(file));
        }
    }

    /** Deletes the copies; the system keeps loaded ones until the process ends. */
    private static void delete(Path copies) {
        try {
            for (String library : LIBRARIES) {
                Files.deleteIfExists(copies.resolve(file(library)));
            }
            Files.delete(copies);
        } catch (IOException e) {
            LOG.log(System.Logger.Level.DEBUG, "copies of libraries are left behind", e);
        }
    }

    private static String file(String library) {
        return System.mapLibraryName(library).replace("jnilib", "dylib");
    }

    /** {@return the folder of the extracted libraries; null to let ONNX Runtime extract them itself} */
    private static @Nullable Path extracted() throws IOException {
        Path folder = null;
        for (String library :
                Stream.of(LIBRARIES, PROVIDERS).flatMap(List::stream).toList()) {
            URL resource = OrtEnvironment.class.getResource("native/" + platform() + "/" + file(library));
            if (resource != null && JavaCpp.folder() != null) {
                folder = NativeLibrary.extract(resource).getParent();
            }
        }
        return folder;
    }

    /** {@return the name of this system in ONNX Runtime's jar} */
    private static String platform() {
        String system = System.getProperty("os.name").startsWith("Mac") ? "osx" : "linux";
        return system + "-" + System.getProperty("os.arch").replaceFirst("amd64|x86_64", "x64");
    }
}
