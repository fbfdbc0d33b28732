// Printing: the one effect in the middle of every conversion: what a request asks for becomes an audio file. One thread at a time.
#pragma once

#include <string>
#include <vector>

#include "convert/studio.hpp"

namespace firn::convert {

// One print to be made, of one point.
struct PrintRequest {
  plan::Point point;
  render::Window window;
  plan::Prints prints = plan::Prints::ignore;  // what is heard of frozen tracks; the same for all requests of one call
  store::Folder folder = store::Folder::freeze;
  std::string name;        // of the file, for people: the track's
  base::RecipeKey recipe;  // of the point and the window
};

// Fails with not_found for a point that is not in the project, refused for a routing cycle or missing devices.
base::Result<PrintRequest> print_request(const document::Project&, const plan::Point&, const render::Window&,
                                         plan::Prints, store::Folder, const plan::DeviceFacts&);

// Finds the prints that exist, and renders of all others what no earlier print holds: in one pass for those that start at one point
// (convert/punch.hpp). Equal requests share one. An error leaves at most whole prints behind that nothing refers to. Fails with io
// if the disk has too little room.
base::Result<std::vector<Printed>> print(const document::Project&, const std::vector<PrintRequest>&, Studio&);

// The same, where a device that fails takes no more down than the prints that it is heard in: these have a fault in place of audio.
base::Result<std::vector<Printed>> print_what_works(const document::Project&, const std::vector<PrintRequest>&,
                                                    Studio&);

}  // namespace firn::convert
