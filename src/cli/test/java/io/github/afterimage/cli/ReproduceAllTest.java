package io.github.afterimage.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.afterimage.experiments.report.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReproduceAllTest {
    @TempDir
    private Path folder;

    private Path plan;

    @BeforeEach
    void write() throws IOException {
        Clusters.write(folder.resolve("training.npz"), 60, 1);
        Clusters.write(folder.resolve("test.npz"), 60, 2);
        plan = Files.writeString(folder.resolve("plan.txt"), """
                # Two parts that run, one that cannot.
                clusters: Three clusters
                    measure methods --data features:${data}/training.npz
                    --test features:${data}/test.npz --methods cache --draws 1

                novelty: An index, which is prepared
                    build --data features:${data}/training.npz --out ${work}/index.safetensors
                    tune --index ${work}/index.safetensors --data features:${data}/test.npz
                    --theta 1,2 --save
                    measure novelty --index ${work}/index.safetensors --data features:${data}/test.npz
                    --unknown features:${data}/training.npz

                counts: Few keys
                    reproduce size --data features:${data}/training.npz --test 'features:${data}/test.npz' --sizes 50,100

                absent: A network that is not there
                    measure methods --model ${models}/absent.onnx --data cifar10:${data}
                """);
    }

    private Object[] command(Object... more) {
        return new Object[] {
            "reproduce all --data %s --models %s --plan %s --work %s",
            folder,
            folder.resolve("models"),
            plan,
            folder.resolve("work"),
            more
        };
    }

    @Test
    void everyPartHasItsFiguresItsPageAndItsCommandInOnePage() throws IOException {
        Path page = folder.resolve("all.html");
        Run run = Run.of(command("--page", page, "--json"));
        assertThat(run.exitCode()).isZero();
        List<Map<String, Object>> parts = Run.objects(run.object(), "parts");
        assertThat(parts)
                .extracting(part -> part.get("name"))
                .containsExactly("clusters", "novelty", "counts", "absent");
        assertThat(parts.get(0)).containsKey("seconds");
        assertThat(parts.get(0).get("errors").toString())
                .contains("network=", "network, temperature=", "cache=", "cache + network=");
        assertThat((String) parts.get(3).get("problem")).endsWith("absent.onnx is missing");
        assertThat(run.object().get("warnings").toString()).contains("absent was left out: ");
        assertThat(Files.readString(page))
                .contains("<h2>Three clusters</h2>", "<h2>Few keys</h2>", "<h3>In numbers</h3>")
                .contains("No result: ", "afterimage reproduce size --data")
                .containsOnlyOnce("<h1>");
        assertThat(folder.resolve("work/clusters.json")).isRegularFile();
    }

    @Test
    void aPartRunsOnceUnlessItsFilesAreGone() throws IOException {
        Path index = folder.resolve("work/index.safetensors");
        Path page = folder.resolve("work/novelty.html");
        String first = Run.done(command("--only", "novelty")).out();
        FileTime made = Files.getLastModifiedTime(index);
        FileTime shown = Files.getLastModifiedTime(page);
        assertThat(Run.done(command("--only", "novelty")).out()).isEqualTo(first);
        assertThat(Files.getLastModifiedTime(index)).isEqualTo(made);
        assertThat(Files.getLastModifiedTime(page)).isEqualTo(shown);
        Files.delete(index);
        Run.done(command("--only", "novelty"));
        assertThat(Files.getLastModifiedTime(page)).isNotEqualTo(shown);
        assertThat(Run.json("info %s", index).get("theta")).isNotNull();
    }

    @Test
    void aPartThatFailsIsReportedAndTheOthersRun() throws IOException {
        Files.writeString(plan, Files.readString(plan).replace("--methods cache", "--methods no"));
        Run run = Run.of(command("--json"));
        assertThat(run.exitCode()).isEqualTo(ExitCode.FAILED);
        List<Map<String, Object>> parts = Run.objects(run.object(), "parts");
        assertThat((String) parts.get(0).get("problem")).contains("--methods", "but was 'no'");
        assertThat(parts.get(1)).containsKey("seconds");
    }

    @Test
    void thePlanCanBeListedAndPartsChosen() {
        assertThat(Run.done("reproduce all --list").out())
                .contains("cifar100-resnet56: CIFAR-100, a ResNet56", "measure methods --model ${models}/");
        assertThat(Run.done(command("--only", "counts")).out())
                .contains("counts")
                .doesNotContain("clusters");
    }

    @Test
    void aPlanThatCannotBeReadIsRefusedWithItsLine() throws IOException {
        assertThat(Run.failure(ExitCode.USAGE, "reproduce all")).contains("--data and --models are missing");
        assertThat(Run.failure(ExitCode.USAGE, command("--only", "nowhere")))
                .contains("--only nowhere: no part has this in its name");
        Files.writeString(plan, "# title\nnonsense\n");
        assertThat(Run.failure(ExitCode.USAGE, command())).contains("plan.txt: line 2, \"nonsense\": expected");
        Files.writeString(plan, "a: A\n\nb: B\n  info x\n");
        assertThat(Run.failure(ExitCode.USAGE, command())).contains("a has no command");
        Files.writeString(plan, "a: A\n  info x\na: B\n  info y\n");
        assertThat(Run.failure(ExitCode.USAGE, command())).contains("two parts are named a");
    }
}
