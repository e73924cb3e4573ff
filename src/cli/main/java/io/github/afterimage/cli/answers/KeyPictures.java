package io.github.afterimage.cli.answers;

import io.github.afterimage.CacheIndex;
import io.github.afterimage.answer.Neighbor;
import io.github.afterimage.model.data.ImageSet;
import io.github.afterimage.model.data.ImageSets;
import io.github.afterimage.model.data.Thumbnail;
import java.io.IOException;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Small pictures of keys: the thumbnails that the index has, and for other keys the images of the same name in the data that it
 * was built from, if these are still there.
 */
final class KeyPictures {
    /** The words that build adds to the data that it used. */
    private static final Pattern CHOICE = Pattern.compile(" \\+mirrors|, \\d+ of each class|, with thumbnails");

    private final Map<Long, byte[]> thumbnails = new HashMap<>();
    private final Map<String, Optional<byte[]>> named = new HashMap<>();
    private @Nullable String source;

    /** @param keys those that need a picture */
    KeyPictures(CacheIndex index, Collection<Neighbor> keys) {
        for (Neighbor key : keys) {
            if (key.hasThumbnail()) {
                index.thumbnail(key.id()).ifPresent(bytes -> thumbnails.put(key.id(), bytes));
            } else if (!key.name().isEmpty()) {
                named.put(key.name(), Optional.empty());
            }
        }
        String data = index.attributes().get("data");
        if (data != null && !named.isEmpty()) {
            read(CHOICE.split(data)[0]);
        }
    }

    private void read(String data) {
        try {
            ImageSet images = ImageSets.open(data).withMirrorImages(); // a key may be of a mirror image
            for (int i = 0; i < images.size(); i++) {
                String name = images.imageName(i);
                if (named.containsKey(name)) {
                    named.put(name, Optional.of(Thumbnail.of(images.image(i))));
                    source = data;
                }
            }
        } catch (IOException | IllegalArgumentException e) {
            // The data have moved or were no images: the page has names in place of the pictures that are missing.
            System.getLogger(KeyPictures.class.getName()).log(System.Logger.Level.DEBUG, data, e);
        }
    }

    /** The picture of a key, PNG or JPEG; null if there is none. */
    byte @Nullable [] of(Neighbor key) {
        return key.hasThumbnail()
                ? thumbnails.get(key.id())
                : named.getOrDefault(key.name(), Optional.empty()).orElse(null);
    }

    /** The data from which some of the pictures are; empty if all are thumbnails. */
    Optional<String> source() {
        return Optional.ofNullable(source);
    }

    boolean isEmpty() {
        return thumbnails.isEmpty() && source == null;
    }
}
