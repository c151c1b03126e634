// The few functions of gdk-pixbuf and GLib that are called, declared by hand: their own headers lie in folders that
// only pkg-config knows, and its flags for GLib are none that the package manager lets through.
#pragma once
#include <stddef.h>
#include <stdint.h>

typedef struct SparringPixbuf SparringPixbuf;
typedef struct SparringPixbufLoader SparringPixbufLoader;

// GLib's GError.
typedef struct {
  uint32_t domain;
  int code;
  char *message;
} SparringGError;

SparringPixbufLoader *gdk_pixbuf_loader_new(void);
int gdk_pixbuf_loader_write(SparringPixbufLoader *loader, const uint8_t *bytes, size_t count, SparringGError **error);
int gdk_pixbuf_loader_close(SparringPixbufLoader *loader, SparringGError **error);
SparringPixbuf *gdk_pixbuf_loader_get_pixbuf(SparringPixbufLoader *loader);
SparringPixbuf *gdk_pixbuf_apply_embedded_orientation(SparringPixbuf *pixbuf);
int gdk_pixbuf_get_width(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_height(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_n_channels(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_rowstride(const SparringPixbuf *pixbuf);
int gdk_pixbuf_get_has_alpha(const SparringPixbuf *pixbuf);
const uint8_t *gdk_pixbuf_read_pixels(const SparringPixbuf *pixbuf);
// Of a loader that is about to make a picture of that size; 0×0 keeps it from doing so.
void gdk_pixbuf_loader_set_size(SparringPixbufLoader *loader, int width, int height);
// GLib's g_signal_connect_data, for the signal "size-prepared".
unsigned long g_signal_connect_data(
    void *instance, const char *signal,
    void (*_Nonnull handler)(SparringPixbufLoader *loader, int width, int height, void *data), void *data,
    void (*destroy)(void *data, void *closure), int flags);
void g_object_unref(void *object);
void g_error_free(SparringGError *error);
