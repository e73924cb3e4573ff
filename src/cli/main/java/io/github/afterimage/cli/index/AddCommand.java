package io.github.afterimage.cli.index;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.CacheReader;
import io.github.afterimage.experiments.KeyOverlap;
import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.command.Failure;
import io.github.afterimage.experiments.command.Stages;
import io.github.afterimage.experiments.options.DataOptions;
import io.github.afterimage.experiments.options.DeviceOptions;
import io.github.afterimage.experiments.options.OpenedExamples;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.failure.CorruptDataException;
import io.github.afterimage.model.data.ClassNames;
import io.github.afterimage.model.evaluation.IndexFiller;
import io.github.afterimage.model.evaluation.PassTime;
import io.github.afterimage.serve.models.KeySelection;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

@picocli.CommandLine.Command(
        name = "add",
        header = "Add labelled images or features to an index.",
        description = {
            "",
            "The images pass through the network of the index, with the layers and the preprocessing that the index records; "
                    + "their classes are those of the index. Keys are added 256 at a time and kept in a log beside the index. "
                    + "After an interruption, those that were added stay; if an example cannot be added, the files are as they "
                    + "were. The rule of the answers stays as it is. A server that has the index open takes keys by its page or a POST."
        },
        footer = {
            "  afterimage add --index cifar10.safetensors --model resnet20.onnx --data images:new --save",
            "  afterimage add --index features.safetensors --data features:more.npz"
        })
public final class AddCommand extends Command {
    private static final String TAUGHT =
            "a server gives new classes to spare ones: start \"serve --index INDEX --model MODEL --teach\", and teach on its page";

    @Mixin
    private ChangeOptions changes;

    @Mixin
    private DataOptions data;

    @Mixin
    private ThumbnailsOption thumbnails;

    @Mixin
    private DeviceOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        thumbnails.requireImages(data);
        changes.make(processor, (index, openSeconds) -> add(index, openSeconds, report));
    }

    private void add(CacheIndex index, double openSeconds, Report report) throws IOException {
        try (OpenedExamples examples = examples(index);
                CacheReader before = index.snapshot()) {
            KeyOverlap overlap = Failure.naming(data.description(), () -> {
                return new KeyOverlap(before, examples.examples());
            });
            PassTime time = step(
                    "adding",
                    data.description(),
                    progress -> IndexFiller.fill(index, overlap.examples(), thumbnails.given(), progress));
            long added = index.size() - before.size();
            changes.finish(index, added, report);
            warn(report, overlap.duplicates(), index, before.size());
            double all = time.networkSeconds() + time.memorySeconds();
            report.line("added %s from %s", Text.count("added", added, "key"), data.description())
                    .table(new Stages()
                            .add("open", "openSeconds", openSeconds, "")
                            .add("add", "seconds", all, added, "keys", "keysPerSecond")
                            .table());
        }
    }

    /** Opens the examples; where a class is new and could be given to a spare one, the exception says how. */
    private OpenedExamples examples(CacheIndex index) throws IOException {
        try {
            return data.openFor(index, processor.threads(), 1);
        } catch (CorruptDataException e) {
            List<String> names = index.classNames();
            if (index.format().spareClasses() > 0
                    && data.classNames().stream().anyMatch(name -> ClassNames.position(names, name) < 0)) {
                throw new CorruptDataException(e.getMessage() + "; " + TAUGHT);
            }
            throw e;
        }
    }

    /** @param before the number of keys before those that were added */
    private void warn(Report report, @Nullable String duplicates, CacheIndex index, long before) {
        if (duplicates != null) {
            long[] ids = KeySelection.ids(index, key -> true);
            report.warning(data.description() + ": " + duplicates + "; \"remove --ids " + ids[(int) before] + "-"
                    + ids[ids.length - 1] + "\" takes back all that was added");
        }
    }
}
