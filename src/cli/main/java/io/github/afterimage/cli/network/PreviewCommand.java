package io.github.afterimage.cli.network;

import io.github.afterimage.experiments.command.Command;
import io.github.afterimage.experiments.options.PreprocessingOptions;
import io.github.afterimage.experiments.options.ProcessorOptions;
import io.github.afterimage.experiments.report.PictureGrid;
import io.github.afterimage.experiments.report.Report;
import io.github.afterimage.experiments.report.Table;
import io.github.afterimage.experiments.report.Text;
import io.github.afterimage.model.data.Image;
import io.github.afterimage.model.network.Network;
import io.github.afterimage.platform.AtomicFile;
import java.io.IOException;
import java.nio.FloatBuffer;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@picocli.CommandLine.Command(
        name = "preview",
        header = "Write an image as the network sees it.",
        description = {
            "",
            "Applies the steps of --preprocess and writes a picture of the network's input size, in the image's colours. The "
                    + "table shows the least, mean and greatest value that the network gets in each channel."
        },
        footer = {
            "  afterimage preview resnet50.onnx horse.jpg --preprocess imagenet --out seen.png",
            "  afterimage preview squeezenet.onnx horse.jpg --preprocess caffe --out seen.png"
        })
public final class PreviewCommand extends Command {
    @Parameters(index = "0", paramLabel = "MODEL", description = "The network, an ONNX file.")
    private Path model;

    @Parameters(index = "1", paramLabel = "IMAGE", description = "The image file.")
    private Path image;

    @Option(
            names = "--out",
            required = true,
            paramLabel = "FILE.png",
            description = "The picture to write, a PNG file.")
    private Path out;

    @Mixin
    private PreprocessingOptions preprocessing;

    @Mixin
    private ProcessorOptions processor;

    @Override
    protected void execute(Report report) throws IOException {
        processor.apply();
        checkOutput(out);
        if (!out.toString().endsWith(".png")) {
            throw new IllegalArgumentException(
                    "--out " + out + ": the format that is written is PNG: name it FILE.png");
        }

        Image given = Image.read(image);
        try (Network network = Network.open(model, List.of(), preprocessing.settings(processor.threads()))) {
            String steps = network.settings().preprocessing().toString();
            Image resized = network.resized(given);
            try (AtomicFile file = AtomicFile.create(out)) {
                file.stream().write(PictureGrid.png(resized.values(), resized.width(), resized.height()));
                file.complete();
            }
            report.line("preprocessing %s", Text.figure("preprocessing", steps, steps.isEmpty() ? "none" : steps))
                    .line(
                            "wrote %s, %sx%s",
                            Text.value("file", out.toString()),
                            Text.value("width", resized.width()),
                            Text.value("height", resized.height()));
            channels(network, given, report);
        }
    }

    /** Reports the network's input, channel by channel in its own order. */
    private static void channels(Network network, Image given, Report report) {
        FloatBuffer input = FloatBuffer.allocate(network.inputSize());
        network.input(given, input);
        boolean last = network.inputShape().get(2) == Image.CHANNELS
                && network.inputShape().get(0) != Image.CHANNELS;
        int plane = network.inputSize() / Image.CHANNELS;
        Table table = new Table("rrrr").row("channel", "least", "mean", "greatest");
        for (int channel = 0; channel < Image.CHANNELS; channel++) {
            float least = Float.POSITIVE_INFINITY;
            float greatest = Float.NEGATIVE_INFINITY;
            double sum = 0;
            for (int i = 0; i < plane; i++) {
                float value = input.get(last ? i * Image.CHANNELS + channel : channel * plane + i);
                least = Math.min(least, value);
                greatest = Math.max(greatest, value);
                sum += value;
            }
            table.row(
                    channel,
                    Text.fixed("least", least, 3),
                    Text.fixed("mean", sum / plane, 3),
                    Text.fixed("greatest", greatest, 3));
        }
        report.list("channels", table);
    }
}
