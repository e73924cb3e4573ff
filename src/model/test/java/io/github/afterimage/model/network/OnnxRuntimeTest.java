package io.github.afterimage.model.network;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.JavaCommand;
import java.io.File;
import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Tests the folder of ONNX Runtime's libraries, and the message if they cannot be loaded. */
class OnnxRuntimeTest {
    @TempDir
    Path folder;

    /** Opens a network, and prints the reason if that fails. */
    static final class Opening {
        public static void main(String[] arguments) throws IOException {
            try (Network network = Network.open(Path.of(arguments[0]), List.of())) {
                System.out.println("opened " + System.getProperty("onnxruntime.native.path"));
            } catch (ModelException e) {
                System.out.println(e.getMessage());
            }
        }
    }

    /** Does so in two class loaders, as two web applications of a server do. */
    static final class OpeningTwice {
        public static void main(String[] arguments) throws Exception {
            String[] paths = System.getProperty("java.class.path").split(File.pathSeparator);
            URL[] urls = new URL[paths.length];
            for (int i = 0; i < urls.length; i++) {
                urls[i] = Path.of(paths[i]).toUri().toURL();
            }
            for (int i = 0; i < 2; i++) {
                try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
                    Method main = loader.loadClass(Opening.class.getName()).getDeclaredMethod("main", String[].class);
                    main.setAccessible(true);
                    main.invoke(null, (Object) arguments);
                }
            }
        }
    }

    private String open(Path temporary) throws Exception {
        return open(temporary, Opening.class);
    }

    private String open(Path temporary, Class<?> program) throws Exception {
        Path model = SmallModel.classifier(0, 2, 2).output("logits").write(folder.resolve("m.onnx"));
        List<String> options = List.of("-Duser.home=" + folder, "-Djava.io.tmpdir=" + temporary);
        Process process = new ProcessBuilder(JavaCommand.of(options, program, model.toString()))
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void itsLibrariesAreWhereAllOthersAreAndNothingIsLeftBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));

        assertThat(open(temporary)).endsWith("opened null\n");

        assertThat(temporary).isEmptyDirectory();
        assertThat(folder.resolve(".cache/afterimage"))
                .isDirectoryRecursivelyContaining("glob:**/" + System.mapLibraryName("onnxruntime"));
    }

    @Test
    void everyClassLoaderHasItAndNothingIsLeftBehind() throws Exception {
        Path temporary = Files.createDirectory(folder.resolve("temporary"));

        assertThat(open(temporary, OpeningTwice.class)).endsWith("opened null\nopened null\n");

        assertThat(temporary).isEmptyDirectory();
        try (Stream<Path> files = Files.walk(folder.resolve(".cache/afterimage"))) {
            assertThat(files.filter(file -> file.endsWith(System.mapLibraryName("onnxruntime"))))
                    .hasSize(1);
        }
    }

    @Test
    void whereItCannotBeLoadedANetworkIsRefusedWithTheReason() throws Exception {
        Path file = Files.createFile(folder.resolve("file"));
        assertThat(open(file))
                .endsWith("m.onnx cannot be run: ONNX Runtime cannot be loaded: " + file
                        + " cannot be written; name another folder with -Djava.io.tmpdir\n");
    }
}
