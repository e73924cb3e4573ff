package io.github.afterimage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.afterimage.platform.JavaCpp;
import io.github.afterimage.platform.NativeLibrary;
import io.github.afterimage.platform.NativeMemory;
import java.io.File;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarEntry;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From where a process loads native code, and what it does where it can load none. */
class NativeCodeTest {
    private static final String OWN_FOLDER = "; name another folder with -Dorg.bytedeco.javacpp.cachedir";

    @TempDir
    Path folder;

    private Path home;
    private Path temporary;
    private Path file;

    @BeforeEach
    void makeFolders() throws IOException {
        folder = folder.toRealPath();
        home = Files.createDirectory(folder.resolve("home"));
        temporary = Files.createDirectory(folder.resolve("temporary"));
        file = Files.createFile(folder.resolve("file"));
    }

    /** Uses an index in every way that needs no kernels, and prints what was answered by what. */
    static final class Embedded {
        public static void main(String[] arguments) throws IOException {
            Path file = Path.of(arguments[0]);
            if (Boolean.getBoolean("javacpp.first")) {
                Loader.getCacheDir();
            }
            try (CacheIndex index = new CacheIndexBuilder(2, 2).build()) {
                index.add(new float[] {1, 0, 0, 1, 1, 1}, new int[] {0, 1, 1});
                index.remove(key -> key.label() == 0);
                index.compact();
                index.save(file);
            }
            try (CacheIndex index = CacheIndex.open(file)) {
                int best = index.query(new float[] {1, 0}, 60).row(0).best();
                long nearest = index.nearest(new float[] {0, 1}, 1)
                        .row(0)
                        .neighbors()
                        .get(0)
                        .id();
                System.out.println(index.engine().name() + " of " + Engines.available() + ": " + best + " " + nearest);
            }
            System.out.println("native code: " + NativeLibrary.problem());
            System.out.println("folder: " + JavaCpp.folder());
            if (!NativeLibrary.available()) {
                try (NativeMemory memory = NativeMemory.allocate(1L << 31)) {
                    System.out.println(memory.bytes());
                } catch (IllegalArgumentException e) {
                    System.out.println(e.getMessage());
                }
            }
        }
    }

    private List<String> run(String... options) throws IOException, InterruptedException {
        return runWithout("no such jar", options);
    }

    /** Returns the lines that {@link Embedded} prints to both streams without the jars that match. */
    private List<String> runWithout(String withoutJars, String... options) throws IOException, InterruptedException {
        List<String> all = new ArrayList<>(List.of(options));
        all.add("-XX:TieredStopAtLevel=1"); // it ends before the optimising compiler pays off
        List<String> command = JavaCommand.of(
                all, Embedded.class, folder.resolve("index.safetensors").toString());
        int path = command.indexOf("-cp") + 1;
        command.set(
                path,
                Arrays.stream(command.get(path).split(File.pathSeparator))
                        .filter(entry -> !new File(entry).getName().matches(withoutJars))
                        .collect(Collectors.joining(File.pathSeparator)));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().toList();
    }

    @Test
    void aServiceStartsWithoutALineOfOursWhereverItsLogsGo() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        // From JDK 24 on Java itself has a word to say.
        assertThat(runWithout("slf4j-simple-.*", "-Duser.home=" + home, "-Djava.io.tmpdir=" + temporary))
                .filteredOn(line -> !line.isEmpty() && !line.startsWith("WARNING: "))
                .hasSize(3)
                .contains("native code: null", "folder: " + home.resolve(".cache/afterimage"));
        assertThat(temporary).isEmptyDirectory();
    }

    @Test
    void whatAnotherUserPutIntoTheTemporaryFolderIsNotLoaded() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        Path planted = plant(temporary.resolve(".javacpp-" + System.getProperty("user.name")));
        byte[] before = Files.readAllBytes(planted);

        List<String> printed = run("-Duser.home=" + file, "-Djava.io.tmpdir=" + temporary);

        assertThat(printed).contains("native code: null");
        assertThat(printed)
                .filteredOn(line -> line.startsWith("folder: "))
                .singleElement()
                .asString()
                .startsWith("folder: " + temporary.resolve("afterimage"));
        assertThat(planted).hasBinaryContent(before);
        try (Stream<Path> left = Files.list(temporary)) {
            assertThat(left).as("a temporary folder is removed at exit").hasSize(1);
        }
    }

    @Test
    void aFolderThatTheApplicationNamesIsUsedWithAWarningWhereOthersCanWriteToIt() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        String option = "-Dorg.bytedeco.javacpp.cachedir=" + home;
        assertThat(run(option))
                .contains("native code: null", "folder: " + home)
                .noneMatch(line -> line.contains("other users"));

        assumeTrue(home.toFile().setWritable(true, false), "no Unix permissions");
        assertThat(run(option))
                .contains("native code: null")
                .anyMatch(line -> line.contains(
                        "native code is loaded from " + home + ", where other users can write" + OWN_FOLDER));
    }

    @Test
    void aFolderThatAnotherPartOfTheApplicationMadeJavaCppChooseIsUsed() throws Exception {
        assumeTrue(NativeLibrary.available(), NativeLibrary.problem());
        assertThat(run("-Djavacpp.first=true", "-Duser.home=" + home))
                .contains("native code: null", "folder: " + home.resolve(".javacpp/cache"))
                .noneMatch(line -> line.contains("other users"));
        assertThat(home.resolve(".javacpp/cache").toFile().setWritable(true, false))
                .isTrue();
        assertThat(run("-Djavacpp.first=true", "-Duser.home=" + home))
                .contains("native code: null")
                .anyMatch(line -> line.contains("where other users can write"));
    }

    @Test
    void answersFromReferenceWhereNoFolderCanBeWritten() throws Exception {
        String why =
                "native code: native code cannot be extracted: a folder that this user alone can write to cannot be made in "
                        + file + " or in " + file + OWN_FOLDER;
        assertThat(run("-Duser.home=" + file, "-Djava.io.tmpdir=" + file))
                .contains("reference of [reference]: 1 1", why);

        String named = "native code: native code cannot be extracted: the folder " + file
                + " of -Dorg.bytedeco.javacpp.cachedir cannot be written" + OWN_FOLDER;
        assertThat(run("-Dorg.bytedeco.javacpp.cachedir=" + file))
                .contains(
                        "reference of [reference]: 1 1",
                        named,
                        named.replaceFirst(
                                "native code: ",
                                "2147483648 bytes in one piece: expected at most 2147483647, because "));
    }

    @Test
    void answersFromReferenceWhereALibraryIsDamagedAndSaysWhich() throws Exception {
        Path damaged = plant(home);
        assertThat(run("-Dorg.bytedeco.javacpp.cachedir=" + home.resolve("cache")))
                .contains("reference of [reference]: 1 1")
                .anyMatch(
                        line -> line.startsWith("native code: JavaCPP's native library cannot be loaded: " + damaged));
    }

    @Test
    void answersFromReferenceWhereAJarIsMissingAndSaysWhich() throws Exception {
        String platform = Loader.getPlatform();
        assertThat(runWithout("javacpp-.*-" + platform + ".jar", "-Duser.home=" + home))
                .contains(
                        "reference of [reference]: 1 1",
                        "native code: JavaCPP's native library for " + platform + " is not on the class path: "
                                + "add org.bytedeco:javacpp with the classifier " + platform);
    }

    @Test
    void answersFromReferenceWhereJavaDeniesNativeCode() throws Exception {
        assumeTrue(Runtime.version().feature() >= 24, "Java denies native code from version 24 on");
        assertThat(run("--illegal-native-access=deny", "-Duser.home=" + home))
                .contains(
                        "reference of [reference]: 1 1",
                        "native code: JavaCPP's native library cannot be loaded: this Java does not allow native code; "
                                + "start it with --enable-native-access=ALL-UNNAMED");
    }

    /** Puts something else where JavaCPP would have extracted its library, of the size and time that it would find right. */
    private static Path plant(Path folder) throws IOException {
        String name = System.mapLibraryName("jnijavacpp");
        URL library = Pointer.class.getResource(Loader.getPlatform() + "/" + name);
        assumeTrue(library != null && library.getProtocol().equals("jar"), "JavaCPP's library is not in a jar");
        JarEntry entry = ((JarURLConnection) library.openConnection()).getJarEntry();
        String jar = new File(((JarURLConnection) library.openConnection())
                        .getJarFileURL()
                        .getPath())
                .getName();
        Path planted = folder.resolve("cache").resolve(jar).resolve(entry.getName());
        Files.createDirectories(planted.getParent());
        Files.write(planted, new byte[(int) entry.getSize()]);
        Files.setLastModifiedTime(planted, FileTime.fromMillis(entry.getTime()));
        return planted;
    }
}
