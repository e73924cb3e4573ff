package io.github.afterimage.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.jspecify.annotations.Nullable;

/** Loads the libraries of the user's system: NVIDIA's driver, and CUDA 13 with cuBLAS, also from Python packages. */
final class CudaLibraries {
    static final String DRIVER = "libcuda.so.1";
    /** In the order of their dependencies. */
    static final List<String> TOOLKIT = List.of("libcudart.so.13", "libcublasLt.so.13", "libcublas.so.13");

    private static final String SETTING = "afterimage.cuda.libraries";

    private CudaLibraries() {}

    /** Returns true if there is a driver, and so probably a GPU. */
    static boolean driverPresent() {
        return load(DRIVER, List.of()) == null;
    }

    /** Loads all libraries for the whole process. Returns the missing one in one line, or null. */
    static @Nullable String load() {
        if (load(DRIVER, List.of()) != null) {
            return "no NVIDIA driver: " + DRIVER + " is not found";
        }
        List<Path> folders = folders();
        for (String library : TOOLKIT) {
            String problem = load(library, folders);
            if (problem != null) {
                return library + " is not loaded (" + problem
                        + "); install CUDA 13 with cuBLAS, or name its folder with -D" + SETTING;
            }
        }
        return null;
    }

    /** Loads a library by name or from a folder; returns the problem, or null. A loaded library is found by its name. */
    private static @Nullable String load(String library, List<Path> folders) {
        String problem = attempt(library);
        for (Path folder : folders) {
            if (problem == null) {
                return null;
            }
            Path file = folder.resolve(library);
            if (Files.exists(file)) {
                problem = attempt(file.toString());
            }
        }
        return problem;
    }

    private static @Nullable String attempt(String library) {
        try {
            // Not System.load, because this class loader must not own libraries of the system.
            Loader.loadGlobal(library);
            return null;
        } catch (LinkageError e) {
            return String.valueOf(e.getMessage()).lines().findFirst().orElse("no reason given");
        }
    }

    /** Returns the folders that may hold the libraries of CUDA, the most specific first. */
    private static List<Path> folders() {
        List<Path> folders = new ArrayList<>();
        for (String folder : System.getProperty(SETTING, "").split(File.pathSeparator)) {
            add(folders, folder);
        }
        for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
            String home = System.getenv(variable);
            if (home != null) {
                add(folders, home + "/lib64");
                add(folders, home + "/lib");
            }
        }
        for (Path home : matching(Path.of("/usr/local"), "cuda*")) {
            add(folders, home + "/lib64");
            add(folders, home + "/targets/x86_64-linux/lib");
        }
        for (Path packages : pythonPackages()) {
            for (String part : List.of("cu13", "cublas", "cuda_runtime")) {
                add(folders, packages + "/nvidia/" + part + "/lib");
            }
        }
        return folders;
    }

    private static List<Path> pythonPackages() {
        List<Path> packages = new ArrayList<>();
        List<String> roots = new ArrayList<>();
        for (String variable : List.of("VIRTUAL_ENV", "CONDA_PREFIX")) {
            if (System.getenv(variable) != null) {
                roots.add(System.getenv(variable));
            }
        }
        roots.addAll(List.of(System.getProperty("user.home") + "/.local", "/usr/local", "/usr", "/opt/conda"));
        for (String root : roots) {
            for (String lib : List.of("lib", "lib64")) {
                for (Path python : matching(Path.of(root, lib), "python3*")) {
                    packages.add(python.resolve("site-packages"));
                    packages.add(python.resolve("dist-packages"));
                }
            }
        }
        String path = System.getenv("PYTHONPATH");
        Stream.of(path == null ? new String[0] : path.split(File.pathSeparator))
                .filter(part -> !part.isEmpty())
                .forEach(part -> packages.add(Path.of(part)));
        return packages;
    }

    private static void add(List<Path> folders, String folder) {
        if (!folder.isEmpty() && Files.isDirectory(Path.of(folder))) {
            folders.add(Path.of(folder));
        }
    }

    private static List<Path> matching(Path folder, String pattern) {
        List<Path> found = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
            entries.forEach(found::add);
        } catch (IOException e) {
            // Ignores a folder that cannot be read.
            return List.of();
        }
        found.sort(null);
        return found;
    }
}
