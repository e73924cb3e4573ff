package io.github.afterimage.cli.answers;

import io.github.afterimage.model.data.ImageFiles;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.Charset;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Parameters;

/** Image files, named one by one, by their folders or on standard input. */
final class ImageParameters {
    /** Standard input or output. */
    static final Path STANDARD = Path.of("-");

    @Parameters(
            arity = "1..*",
            paramLabel = "IMAGE",
            description = "PNG, JPEG, BMP, GIF, TIFF or WebP files; folders, for all images in them and in their"
                    + " subfolders, sorted; - for a list on standard input, one file or folder a line.")
    private List<Path> files;

    /**
     * Returns the image files in order.
     *
     * @param unreadable receives the folders that cannot be read or have no images
     */
    List<Path> list(List<ImagePrediction> unreadable) throws IOException {
        List<Path> images = new ArrayList<>();
        for (Path given : files) {
            if (given.equals(STANDARD)) {
                // Not closed: standard input belongs to the process.
                BufferedReader list = new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()));
                for (String line = list.readLine(); line != null; line = list.readLine()) {
                    if (!line.isEmpty()) {
                        add(path(line), images, unreadable);
                    }
                }
            } else {
                add(given, images, unreadable);
            }
        }
        return images;
    }

    private static Path path(String line) {
        try {
            return Path.of(line);
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException(
                    "standard input has a line that names no file (" + e.getReason()
                            + "): expected a name on each line, in the encoding of this locale, as find writes without -print0");
        }
    }

    private static void add(Path given, List<Path> images, List<ImagePrediction> unreadable) {
        try {
            if (Files.isDirectory(given)) {
                images.addAll(ImageFiles.in(
                        given, failure -> unreadable.add(ImagePrediction.failed(file(failure, given), failure))));
            } else {
                images.add(given);
            }
        } catch (IOException e) {
            unreadable.add(ImagePrediction.failed(given, e));
        }
    }

    private static Path file(IOException failure, Path folder) {
        return failure instanceof FileSystemException file && file.getFile() != null ? Path.of(file.getFile()) : folder;
    }
}
