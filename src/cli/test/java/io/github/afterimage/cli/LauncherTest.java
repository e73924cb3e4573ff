package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tools/afterimage} in a repository of its own, with a Java that prints what it is called with. */
class LauncherTest {
    @TempDir
    private Path folder;

    private Path launcher;

    @BeforeEach
    void copy() throws IOException {
        launcher = Files.createDirectories(folder.resolve("tools")).resolve("afterimage");
        Files.copy(Path.of("tools/afterimage"), launcher, StandardCopyOption.COPY_ATTRIBUTES);
        Path java = Files.createDirectories(folder.resolve("jdk/bin")).resolve("java");
        Files.writeString(java, "#!/bin/sh\necho \"$@\"\n");
        assertThat(java.toFile().setExecutable(true)).isTrue();
    }

    @Test
    void saysHowToBuildTheJarThatIsMissing() throws Exception {
        assertThat(run(folder, "tools/afterimage"))
                .isEqualTo(folder.toRealPath() + "/target/afterimage.jar is missing: build it with (cd '"
                        + folder.toRealPath() + "' && mvn -q package -DskipTests)\n");
    }

    @Test
    void startsTheJarFromAnotherFolderAndByALink() throws Exception {
        Path jar = Files.createFile(
                Files.createDirectories(folder.resolve("target")).resolve("afterimage.jar"));
        Path link = Files.createSymbolicLink(folder.resolve("link"), launcher);
        for (Path typed : new Path[] {launcher, link}) {
            assertThat(run(folder.resolve("jdk"), typed.toString()))
                    .contains("-Dafterimage.command=" + typed + " -jar " + jar.toRealPath() + " demo\n");
        }
    }

    /** A file that was cut off would end Java 17. */
    @Test
    void readsTheKeptClassesOfItsJavaAtTheirFullLength() throws Exception {
        Path target = Files.createDirectories(folder.resolve("target"));
        Files.createFile(target.resolve("afterimage.jar"));
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"17\"\n");
        Path kept = Files.writeString(target.resolve("classes-3352466755-3.jsa"), "abc")
                .toRealPath();
        assertThat(run(folder, "tools/afterimage")).contains("-XX:SharedArchiveFile=" + kept + " ");
        Files.writeString(kept, "ab");
        assertThat(run(folder, "tools/afterimage")).doesNotContain("SharedArchiveFile");
        Files.writeString(kept, "abc");
        Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"25\"\n");
        assertThat(run(folder, "tools/afterimage")).doesNotContain("SharedArchiveFile");
    }

    @Test
    void prefersTheRuntimeOfAPackage() throws Exception {
        Files.createDirectories(folder.resolve("runtime/bin"));
        Files.copy(
                folder.resolve("jdk/bin/java"), folder.resolve("runtime/bin/java"), StandardCopyOption.COPY_ATTRIBUTES);
        assertThat(run(folder, "tools/afterimage"))
                .contains("-Dafterimage.command=afterimage -jar " + folder.toRealPath() + "/afterimage.jar demo\n");
    }

    private String run(Path current, String command) throws Exception {
        ProcessBuilder builder =
                new ProcessBuilder(command, "demo").directory(current.toFile()).redirectErrorStream(true);
        builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
        Process process = builder.start();
        return new String(process.getInputStream().readAllBytes());
    }
}
