package io.github.afterimage.cli.start;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.OpenOptions;
import io.github.afterimage.cli.options.DemoFiles;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.OutputFile;
import io.github.afterimage.experiments.command.TerminalProgress;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.report.BarChart;
import io.github.afterimage.experiments.report.Format;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.FeatureSet;
import io.github.afterimage.model.evaluation.Stopwatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@picocli.CommandLine.Command(
        name = "demo",
        header = "Show the effect of a memory on the network and the index in models/.",
        description = {
            "",
            "In four acts. (1) Teaches test images in models/ that are answered wrong, one at a time, and asks each again in altered "
                    + "forms; then a class that is taken away. (2) Lets a copy of the index in memory learn blurred images, and counts the errors on "
                    + "them and on clean images. (3) Counts the test images that the network classifies wrongly, alone and with its memory, "
                    + "and tests whether the difference may be chance. The rule is that of the index, which was tuned on other images. "
                    + "(4) Compares the engines of this machine.",
            "",
            "Writes all of it as a page with charts. Downloads nothing, changes no file in models/, and computes every figure "
                    + "in this run; where it compares int8 with float32 errors, it names its source."
        },
        footer = {"  afterimage demo"})
public final class DemoCommand extends Command {
    private static final String PAGE = "afterimage-demo.html";

    @Option(
            names = "--models",
            paramLabel = "DIR",
            description =
                    "The folder with " + DemoFiles.INDEX + ", " + DemoFiles.TEST + ", " + DemoFiles.LESSONS + " and "
                            + DemoFiles.BLURRED
                            + "; by default models in the current folder, beside the program's jar, or beside the jar's folder.")
    private @Nullable Path models;

    @Option(
            names = "--page",
            paramLabel = "FILE.html",
            description = "The page to write; " + PAGE + " in target, or here where there is no target, by default.")
    private @Nullable Path page;

    @Option(
            names = "--pictures",
            paramLabel = "DIR",
            description = "Also writes the charts of errors and of speed as SVG files into this folder.")
    private @Nullable Path pictures;

    @Mixin
    private ProcessorOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        processor.apply();
        Stopwatch watch = Stopwatch.started();
        Path file = page != null ? page : defaultPage();
        OutputFile.checkWritable(file);
        OutputFile.checkNamesPage(file);
        if (pictures != null) {
            Files.createDirectories(pictures);
        }
        DemoFiles files = models == null ? DemoFiles.find() : new DemoFiles(models);
        OpenOptions options = new OpenOptions().threads(processor.threads());
        try (CacheIndex learner = CacheIndex.open(files.file(DemoFiles.INDEX), options);
                CacheReader index = learner.snapshot();
                FeatureSet test = FeatureSet.open("features:" + files.file(DemoFiles.TEST) + "#[0:]");
                FeatureSet lessons = FeatureSet.open("features:" + files.file(DemoFiles.LESSONS) + "#[0:]");
                FeatureSet blurred = FeatureSet.open("features:" + files.file(DemoFiles.BLURRED) + "#[0:]");
                TerminalProgress progress = progress("reporting")) {
            note("teaches lessons, counts errors on " + Format.count(test.size(), "test image") + ", learns "
                    + Format.count(blurred.size(), "blurred one")
                    + ", and times the engines: some seconds, or minutes without native code ...");
            Demo demo = new Demo(files, index, learner, test, blurred, progress);
            try (CacheIndex taught = CacheIndex.open(files.file(DemoFiles.INDEX), options)) {
                demo.lessons(report, taught, lessons);
            }
            demo.stream(report);
            BarChart errors = demo.errors(report);
            BarChart speed = demo.engines(report);
            report.onPage(page -> page.heading("Next")
                    .paragraph(
                            "The server's page classifies pictures and learns new ones. The other commands are for a picture of"
                                    + " yours, and for your own network and images.")
                    .code(String.join("\n", files.commands())));
            OutputFile.write(file, report.page().html());
            if (pictures != null) {
                OutputFile.write(pictures.resolve("demo-errors.svg"), errors.file());
                OutputFile.write(pictures.resolve("demo-speed.svg"), speed.file());
            }
            report.line("")
                    .line(
                            "page with charts: %s  (%s in all)",
                            Text.value("page", file.toString()), Text.seconds("seconds", watch.seconds()))
                    .line("")
                    .line("Next: a page that classifies and learns, and your own images and network:");
            files.commands().forEach(command -> report.code("  " + command));
        }
    }

    private static Path defaultPage() {
        Path target = Path.of("target");
        return Files.isDirectory(target) ? target.resolve(PAGE) : Path.of(PAGE);
    }
}
